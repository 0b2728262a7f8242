// Package calls makes the calls of a backend to its servers. A caller waits no longer than its context and the backend's
// timeouts allow, whatever the client library does. The call then goes on without its caller, on one of a limited number of
// goroutines. Close of the backend waits for it.
//
//	backend := calls.NewBackend(calls.About{Layer: "redis", MaxCalls: 1000, Timeouts: timeouts, Unanswered: unanswered, Discreet: discreet})
//	value, err := calls.Call(ctx, backend, ctxcache.OpGet, get)                        // get talks to the server
//	err = calls.Do(ctx, backend, ctxcache.OpDelete, del)                               // the same without a result
//	found, err := calls.Split(ctx, backend, ctxcache.OpGetEntries, parts, getMany)     // a server that hangs fails its keys only
//	requests, err := calls.Task[[]request]{Op: op, Run: grant, Left: giveBack, Late: giveBackAll}.Do(ctx, backend)
//	value, err = calls.NewReads(backend, true, send).Get(ctx, server, key)              // reads of many callers share round trips
//	backend.Counts.Read(err)                                                           // for the Stats of the cache
//	backend.Close()                                                                    // calls return ErrClosed from now on
//	backend.Wait()                                                                     // until all goroutines have ended
//	err = backend.Panicked()                                                           // a panic that no caller got
package calls
