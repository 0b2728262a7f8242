// Package calls lets callers leave when their contexts are done, whatever the client library under a backend
// does about it: the call goes on without its caller, on one of a bounded number of goroutines, and Close of the
// backend waits for it.
package calls
