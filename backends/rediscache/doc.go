// Package rediscache is a cache in Redis 7.0 or later. It works with any client of [github.com/redis/go-redis/v9]: of a
// single server, of servers behind Sentinel, of a Cluster, or of a Ring.
//
//	users := rediscache.New(client, &rediscache.Options{Prefix: "users:"})
//	defer users.Close()
//	err := users.Set(ctx, "ada", data, time.Hour)
//	stored, err := users.Get(ctx, "ada") // ctxcache.ErrMiss if it is absent
//	err = users.Delete(ctx, "ada")
//
// # What is stored
//
// The name of a key in Redis is the prefix followed by the key. A value is a plain string. Its TTL is the TTL of the
// Redis key. Any other client can read and write it. Unless [Options].Plain is set, there are also two kinds of hashes. A
// value is never a hash, so a hash cannot be mistaken for a value:
//
//	field "\0N"             a negative entry
//	fields "\0L" and "\0D"  the marker of a lease: its token, and its deadline in ms by the server's clock
//
// A lease on an absent key stands as long as its marker is unchanged and its deadline has not passed. DEL, SET, EXPIRE,
// PERSIST and FLUSHDB end the lease, whichever client sends them. A lease on a present key has no marker: see
// [Cache.GetLease].
//
// Every script uses one key, so scripts work in a cluster. A replica that becomes the master has everything that was
// replicated to it, including leases. Calls fail during a failover of a cluster. The client finds the new master within
// its ClusterStateReloadInterval, which go-redis sets to a minute by default. Set it to the longest outage that you
// accept.
//
// A Ring gives the keys of a server that is down to other servers. When the server is back, its keys have their old
// values, even if they were deleted or overwritten in the meantime. While a server is down, Len, Keys, Clear and Stats
// return an error. If a server is down when New is called, the cache does not know it until it is up.
//
// # Contexts
//
// A caller leaves as soon as its context is done, but go-redis waits for a server that hangs until its own timeouts. So
// the command goes on without the caller, and counts against [Options].MaxCalls. The outcome of such a write is
// unknown: it may still take effect, later. A lease that is granted after the caller has left is given back, or runs
// out. A call whose context cannot end needs no goroutine. A lease is renewed until the context of its load ends, which
// is the context of the call unless [ctxcache.ForLoad] has set another one.
//
// If a hook of the client panics, so does the call. If the caller has left, the process goes on, and [Cache.Close]
// returns an error. Hooks of the nodes of a Cluster or a Ring may run on goroutines of go-redis: their panics end the
// process.
//
// # Errors
//
// Failures are [*ctxcache.Error]s. They unwrap to the error of go-redis, so its helpers work, such as
// [redis.IsOOMError]. So does errors.As with a [net.Error], to find timeouts. A key with a value that this cache did
// not write is [ctxcache.ErrCorrupt].
package rediscache
