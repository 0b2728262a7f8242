//go:build unix

// Outageload measures what an outage of the cache costs the callers of a cached function. It starts a Redis and a
// Memcached. First they are healthy, then they hang (they are stopped by a signal, so connections are made and nothing is
// answered), then they refuse connections. In each state it calls the function 2,000 times a second for 10 seconds. The
// source is healthy and answers within 5 milliseconds. Each caller waits for a second at most.
//
//	go run ./internal/outageload
//	go run ./internal/outageload -rate 500 -for 5s
//
// It prints how many callers got a value, how long they took, how many loads ran, and how many calls were still running
// one second after the last one began.
package main
