// Package calls runs the calls of a backend to its servers. It lets callers leave when their contexts are done, even if
// the client library does not. The call then goes on without its caller, on one of a limited number of goroutines.
// Close of the backend waits for it.
//
//	backend := calls.NewBackend(calls.About{Layer: "redis", MaxCalls: 1000, Unanswered: unanswered, Discreet: discreet})
//	value, err := calls.Call(ctx, backend, ctxcache.OpGet, get, nil) // get talks to the server
//	err = calls.Do(ctx, backend, ctxcache.OpDelete, del)             // the same without a result
//	backend.Close()                                                  // calls return ErrClosed from now on
//	backend.Wait()                                                   // until all goroutines have ended
//	err = backend.Panicked()                                         // a panic that no caller got
package calls
