// Package rediscache is a cache in Redis, 7.0 or later, over any client of [github.com/redis/go-redis/v9]: a single
// server, one behind Sentinel, a Cluster, or a Ring.
//
//	users := rediscache.New(client, &rediscache.Options{Prefix: "users:"})
//
// # What is stored
//
// A value is a plain string under the prefix and the key, with its time to live as the key's, which any other
// client reads and writes. Unless [Options].Plain forbids them, there are also two kinds of hashes under the very same
// keys, so that no value can be taken for one:
//
//	field "\0N"             a negative entry
//	fields "\0L" and "\0D"  the marker of a lease: the token of its holder, and its deadline in ms of the server's clock
//
// A lease stands as long as its marker does, and expires at its deadline: anything that anybody does to the key (DEL,
// SET, EXPIRE, PERSIST, FLUSHDB) kills it. A lease to refresh a value that is there has no marker, see [Cache.GetLease].
// Every script works on one key, and so on a cluster. A replica that takes over has what had been replicated to it, leases
// included. While a cluster fails over, calls fail. The client learns which node took over after its
// ClusterStateReloadInterval at the latest, which go-redis sets to a minute: set it to what an outage of a part may last.
//
// # Contexts
//
// A caller leaves when its context is done, though go-redis returns from a server that hangs only after its own
// timeouts. The command then goes on behind its back, up to [Options].MaxCalls of them: what became of a write is
// unknown, and it may still take effect, later; a lease that was granted meanwhile is given back, or runs out. A
// context that cannot end costs no goroutine. A lease is renewed until the context of its load ends, which is the
// call's own unless [ctxcache.ForLoad] gave it another one.
//
// # Errors
//
// All failures are [*ctxcache.Error]s, and unwrap to what go-redis returned: use its helpers, such as
// [redis.IsOOMError], or errors.As with a [net.Error] to recognise a timeout. A key that holds a value this cache did not
// write is [ctxcache.ErrCorrupt].
package rediscache
