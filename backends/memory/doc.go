// Package memory is a cache in this process: typed values, no serialization, no goroutine, nothing that must be
// stopped.
//
//	users := memory.New(&memory.Options[string, User]{MaxEntries: 100_000, TTL: time.Hour})
//
// Keys are spread over shards by their hash. A shard is a mutex, a map, and the order in which its entries are
// to be evicted. An operation holds one lock at most, and none while it calls user code, other than a Match of
// [ctxcache.Scope].
//
// An expired entry is gone for every reader from its very deadline on. Its memory is taken back when someone asks for
// it, and bit by bit by the writes to its shard; no live entry is evicted while its shard has an expired one.
//
// # What makes room
//
// A cache is bounded by Options.MaxEntries, by Options.MaxCost with a Cost of each value, or by both; a cache without
// any bound says so, by [Unbounded]. Options.Policy says which entry makes room: [LRU], [FIFO], [LFU], [MRU] or [RR].
//
// An old value that outlives a newer one is worse than a miss: a value that is too large, or that has expired before it
// is written, leaves its key empty. A value that replaces a cheaper one makes room for the difference only.
//
// # Leases
//
// The cache has all capabilities. Its leases are exact: only a Set, a Delete or a Clear of a key itself kills the
// lease on it. They are honoured by all users of this cache value, which is to say by this process. A lease lives as long
// as the load that it is for, see [ctxcache.ForLoad]. It does not keep the cache from being collected.
//
// Reading the source: options.go, cache.go, shard.go, store.go, then node.go, room.go, order.go and
// lru.go, expiry.go, lease.go, leaseend.go, watch.go.
package memory
