// Package guarded is a layer for a cache that may be slow or down, such as a far server. A circuit breaker stops asking a
// cache that fails, so that callers do not wait for it and it can recover. A bulkhead bounds how many calls run at a
// time. One line puts it around the far level of two levels:
//
//	users := twolevel.New(near, guarded.New(far, nil), &twolevel.Options{Resilient: true})
//
// # The circuit
//
// While the circuit is closed, all calls go to the inner cache. It opens when at least [Options.MinCalls] calls have
// ended within [Options.Window], and the fraction that failed is at least [Options.FailureRatio]. While it is open, calls
// return [ctxcache.ErrUnavailable] at once, and the inner cache is not asked. After [Options.OpenFor] it is half-open:
// exactly one read is let through as a probe. If the inner cache answers it, the circuit closes. If the probe fails, the
// circuit opens again. Until then all other calls are refused.
//
// The probe is a Get, GetEntry, GetEntries, GetMany or Contains. A write is never the probe, because its
// outcome would be unknown if it failed. GetLease is not a probe either, because it leaves a marker in the store. If a
// call of another kind comes first, the layer asks the inner cache whether it contains one of the keys of that call.
// Then it lets the call through or refuses it. So a program that only writes is not refused for ever. That call waits as
// long as a read.
//
// A call fails if it returns an error or panics, with these exceptions:
//
//   - Misses, negative entries, lost leases, [ctxcache.ErrRefused] and [ctxcache.ErrCorrupt] are answers.
//   - Mistakes of the caller prove nothing: invalid keys, TTLs and values, unsupported operations. Neither do errors of a
//     cache that is closed, or that sheds load itself.
//   - A call whose context has ended proves nothing, unless the cache has answered. If it was the probe, the next read
//     is the probe.
//   - A panic in Len, Clear or Keys proves nothing, because it may come from the caller's loop or match.
//
// A call for many keys is one call. It fails if at least FailureRatio of its keys failed. So if one server of three is
// down, the other two are still asked. An outcome counts only if the state has not changed since the call began. So a late
// failure does not open a circuit that has just closed.
//
// The layer sets no timeouts: those are the backend's. Without them, calls to a server that hangs end with their
// callers' contexts, and never count as failures.
//
// # The bulkhead
//
// With [Options.MaxConcurrent], more calls than that return [ctxcache.ErrOverloaded] at once. They do not wait, because
// callers of a cache have something better to do: ask the source. Such a call counts for the circuit neither as answered
// nor as failed. A call has its place until it returns, even if it panics.
//
// # Calls that pass
//
// Watch and Stats pass in every state, and calls for no keys, too. They do not count. A loop over Keys is refused like
// other calls, but has no place in the bulkhead, because the body of the loop may use the cache.
//
// # What callers see
//
// A refused call has changed nothing. Two levels take both errors for an outage of far, and so with
// twolevel.Options.Resilient callers do not notice. A cached function over the layer loads from the source without a
// lease, and does not store the result. A Fill or Release that is refused leaves the lease in the store until it runs
// out. A Delete that is refused leaves the old value.
//
// [Options.OnState] hears of each change. In [ctxcache.Stats], Open is 1 unless the circuit is closed, Refused counts
// calls with ErrUnavailable, and Shed those with ErrOverloaded.
package guarded
