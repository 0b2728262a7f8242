// Package memory is a cache in this process. It stores typed values without serialization. It starts no goroutine, and
// need not be closed.
//
//	users := memory.New(&memory.Options[string, User]{MaxEntries: 100_000, TTL: time.Hour})
//	err := users.Set(ctx, "ada", ada, 0)       // for an hour
//	user, err := users.Get(ctx, "ada")         // ctxcache.ErrMiss if it is absent
//	err = users.Delete(ctx, "ada")
//
// A hash of the key decides which shard has it. A shard is a lock, a table, slots for entries, and an order of eviction. Hits
// share the lock, except with LRU, LFU and MRU. An operation holds at most one lock at a time, and not for more than 256 entries, except for Evict of a cache
// without an order, and for a narrower Clear, which looks at all leases of a shard. It holds none while it calls a user's function,
// except for the Match of a [ctxcache.Scope].
//
// An entry is gone for every reader as soon as its deadline has passed. Its memory is freed when somebody asks for the
// entry, and by later writes to its shard, a few entries at a time. Expired entries make room before live ones. A cache that
// nobody writes to keeps its expired entries in memory, because no goroutine looks for them.
// Len, Stats and [Cache.Cost] remove all of them.
//
// # What makes room
//
// A cache is bounded by Options.MaxEntries, by the bytes of its entries, or by both. Options.MaxBytes and MemoryShare estimate the
// bytes; Options.MaxCost with a Cost for each value is a bound in another unit. A cache that should have no bound says so by
// [Unbounded]. [Cache.Resize] changes a bound. Options.Policy decides which entry is evicted: [Adaptive] keeps what is
// likely to be used again, and suits most caches; [LRU], [FIFO], [LFU], [MRU] and [RR] are the classic ones. A cache of
// a few dozen entries has little to learn from, so LRU is better there.
//
// At most an eighth of the bound is negative entries, but at least one for each shard, or as many as Options.MaxNegative
// says. At this limit, a new negative entry replaces the least recently used negative one. So a scan of absent keys does
// not evict the values.
//
// An old value that outlives a newer one is worse than a miss. So if a new value cannot be stored, because it is too
// large or has already expired, the old value of the key is removed, too. A value that replaces a cheaper one needs
// room only for the difference.
//
// Options.SizeCurve makes [Cache.Stats] estimate the hit rate of a smaller and of a larger cache, while this one is used.
//
// # Leases
//
// The cache grants exact leases. A Set, a Delete or a Clear of a key ends the lease on it; a write of another key does
// not. Leases hold for everyone who uses this Cache value. A lease lives as long as the load that it is for (see
// [ctxcache.ForLoad]). A lease that is held does not keep the cache from being garbage collected.
//
// To read the source, begin with docs/memory-engine.md, options.go, cache.go, shard.go, get.go, find.go, write.go
// and store.go. Then read slot.go, chunk.go, slab.go and table.go, deadlines.go and expiry.go, effort.go, order.go and adaptive.go,
// room.go, budget.go and raise.go, bytes.go, negative.go, lease.go and watch.go; and curve.go, miniature.go and sample.go.
package memory
