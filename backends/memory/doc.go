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
// A cache is bounded by Options.MaxEntries, by Options.MaxCost with a Cost of each value, or by both. Options.Policy
// says which entry makes room: [LRU], [FIFO], [LFU], [MRU] or [RR]. They mean what the classes of Python's cachetools
// mean:
//
//	LRUCache(n)                   {MaxEntries: n}
//	FIFOCache, LFUCache, MRUCache,
//	RRCache(n)                    {MaxEntries: n, Policy: memory.FIFO}
//	LRUCache(n, getsizeof=f)      {MaxCost: n, Cost: f}
//	TTLCache(n, ttl)              {MaxEntries: n, TTL: ttl}
//	TLRUCache(n, ttu)             {MaxEntries: n, TimeToUse: ttu}
//	c.popitem()                   c.Evict(ctx)
//	c.currsize                    c.Cost(ctx)
//
// with two differences. An old value that outlives a newer one is worse than a miss: what is too large, or has expired
// before it is written, leaves its key empty; there, the old value stays. And a value that replaces a cheaper one
// makes room for the difference; there, for all that it costs, beside the old one.
//
// # Leases
//
// The cache has all capabilities. Its leases are exact: only a Set, a Delete or a Clear of a key itself kills the
// lease on it. They are honoured by all who use this cache value, which is to say by this process.
//
// Reading the source: options.go, cache.go, shard.go, store.go, then node.go, room.go, order.go and
// lru.go, expiry.go, lease.go, watch.go.
package memory
