// Package coldstart has only tests. They let many callers ask for keys that a Redis does not have yet, and count how
// often the source is asked, and how often the Redis is.
//
// In one test the callers are 100 goroutines with a bulk function. In the others they are 8 processes with the option
// OncePerCluster, and one of them may be killed while it loads. Such a process is the test binary itself, started again.
//
//	go test ./internal/coldstart
package coldstart
