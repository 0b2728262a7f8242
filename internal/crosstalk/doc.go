// Package crosstalk has only tests. They check that the reply to a command whose caller has left is never taken for the
// reply to another command. Clients talk to real servers through a proxy that delays replies, and callers leave at
// random. A plain run does a small part of what make crosstalk does. A naive client keeps the connection when its
// caller leaves. It must get values of other keys. That proves that these tests would notice them.
//
//	go test ./internal/crosstalk
//	make crosstalk
package crosstalk
