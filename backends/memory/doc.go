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
// The cache has all capabilities but Watch. Its leases are exact: only a Set, a Delete or a Clear of a key
// itself kills the lease on it. They are honoured by all who use this cache value, which is to say by this
// process.
//
// Reading the source: options.go, cache.go, shard.go, then node.go, policy.go and lru.go, expiry.go, lease.go.
package memory
