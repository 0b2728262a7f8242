// Package memory is a cache in this process. It stores typed values without serialization. It starts no goroutine, and
// need not be closed.
//
//	users := memory.New(&memory.Options[string, User]{MaxEntries: 100_000, TTL: time.Hour})
//	err := users.Set(ctx, "ada", ada, 0)       // for an hour
//	user, err := users.Get(ctx, "ada")         // ctxcache.ErrMiss if it is absent
//	err = users.Delete(ctx, "ada")
//
// A hash of the key decides which shard has it. A shard is a mutex, a map, and an order of eviction. An operation holds
// at most one lock at a time. It holds none while it calls a user's function, except for the Match of a
// [ctxcache.Scope].
//
// An entry is gone for every reader as soon as its deadline has passed. Its memory is freed when somebody asks for the
// entry, and by later writes to its shard, a few entries at a time. No live entry is evicted while its shard has an
// expired one. A cache that nobody writes to keeps its expired entries in memory, because no goroutine looks for them.
// Len, Stats and [Cache.Cost] remove all of them.
//
// # What makes room
//
// A cache is bounded by Options.MaxEntries, by Options.MaxCost with a Cost for each value, or by both. A cache that
// should have no bound says so by [Unbounded]. Options.Policy decides which entry is evicted: [LRU], [FIFO], [LFU],
// [MRU] or [RR].
//
// At most an eighth of the bound is negative entries, or as many as Options.MaxNegative says. At this limit, a new
// negative entry replaces the least recently used negative one. So a scan of absent keys does not evict the values.
//
// An old value that outlives a newer one is worse than a miss. So if a new value cannot be stored, because it is too
// large or has already expired, the old value of the key is removed, too. A value that replaces a cheaper one needs
// room only for the difference.
//
// # Leases
//
// The cache has all capabilities. A Set, a Delete or a Clear of a key ends the lease on it; a write of another key does
// not. Leases hold for everyone who uses this Cache value. A lease lives as long as the load that it is for (see
// [ctxcache.ForLoad]). A lease that is held does not keep the cache from being garbage collected.
//
// To read the source, begin with options.go, cache.go, shard.go and store.go. Then read node.go, room.go, negative.go,
// order.go and lru.go, expiry.go, lease.go, leaseend.go and watch.go.
package memory
