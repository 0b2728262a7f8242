// Package rediscache is a cache in Redis 5.0 or later, in its relatives such as Valkey, and in miniredis, a Redis for
// tests. It works with any client of [github.com/redis/go-redis/v9]: of a single server, of servers behind Sentinel, of a
// Cluster, or of a Ring.
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
//	field "\0N"                          a negative entry
//	fields "\0L", "\0S", "\0D" and "\0T"  the marker of a lease: its token, its seal, which is the time of the grant in
//	                                     microseconds, its deadline and its life in ms, all by the server's clock
//
// A lease on an absent key stands as long as its marker is there, with this token and this seal. DEL, UNLINK, SET and
// FLUSHDB end the lease, whichever client sends them. EXPIRE and PERSIST do not. The deadline counts only when somebody
// else asks for a lease. A lease on a present key has no marker: see [Cache.GetLease].
//
// Every script uses one key, so scripts work in a cluster. A replica that becomes the master has everything that was
// replicated to it, including leases. Calls fail during a failover of a cluster. The client finds the new master within
// its ClusterStateReloadInterval, which go-redis sets to a minute by default. Set it to the longest outage that you
// accept.
//
// A Ring gives the keys of a server that is out to other servers. When the server is back, its keys have their old
// values, even if they were overwritten in the meantime. So a cache over a Ring has no leases. While a server is out, reads
// and writes go on, but Delete, DeleteMany, Remove, Len, Keys, Clear and ServerStats return an error. A server that the
// Ring had left out before New was called counts as out until the Ring uses it.
//
// # What the server must offer
//
// Leases and negative entries need scripts: EVAL and EVALSHA. Without them, a call that needs them returns an error that
// says so, and the other calls take more commands. A [Options].Plain cache sends no scripts. The server must not be a
// replica, because a replica may have values that were deleted: New refuses clients that read from replicas if it can
// see that, and clients with a client-side cache. Len and Keys use SCAN with TYPE, which is in Redis 6.0 and later. Leases
// on present keys are exact on servers with PEXPIRETIME, which is in Redis 7.0 and later.
//
// Entries with their lives are read by a transaction: MULTI, PTTL, MGET and EXEC. Over a Cluster or a Ring, and if the
// server refuses the transaction, they are read by scripts.
//
// # Contexts and timeouts
//
// A caller leaves as soon as its context is done, or after [Options].ReadTimeout or WriteTimeout, but go-redis may wait
// for a server that hangs until its own timeouts. So the command goes on without the caller, and counts against
// [Options].MaxCalls. A lease that is granted after the caller has left is given back, or runs out. A lease is renewed
// until the context of its load ends, which is the context of the call unless [ctxcache.ForLoad] has set another one.
//
// Such a call runs on a goroutine of its own, which costs as much time as a round trip to a server nearby. A cache of [Open]
// also has connections that its callers can leave: up to 8, which are dialled after the first reads. On these, Get,
// GetEntry, GetMany, GetEntries and Contains run on the goroutines of their callers, if the keys have values or are absent.
//
// Gets that share a round trip are one pipeline. Hooks of the client, such as tracing, see only the values of the first
// caller's context. Gets that have waited for 2 ms begin another round trip, so that a large value does not hold them up.
//
// go-redis sends a command again if the reply does not come in time, and the network may deliver the first copy much
// later. That does no harm: Fill, Release, Drop and renewals are fenced by the lease, and a late Delete costs a miss. A
// write without a lease is sent only once. If its outcome is unknown, the call returns an error, and the cache deletes
// the key at once, and again after the timeouts of the client.
//
// If a hook of the client panics, so does the call. If the caller has left, the process goes on, and [Cache.Close]
// returns an error. Hooks of the nodes of a Cluster or a Ring may run on goroutines of go-redis: their panics end the
// process.
//
// # Changes
//
// [Cache.Watch] reports the changes that any client makes, over connections of its own for each call. So a near
// cache of layers/twolevel can be Coherent over Redis 6.0 or later, and its relatives with CLIENT TRACKING and RESP3: over a
// single server, servers behind Sentinel, and a Cluster. The cache cannot know whether its server has these: it supports
// Watch over each such client, unless the client has Protocol 2. Over a server without them Watch fails, near is not used,
// and everything else works.
//
// Watch returns when it cannot report changes any more, at latest [Options].WatchTimeout after the server or the
// network has become silent. For that long a near copy may be old. SWAPDB is not reported: do not use it on a
// database that is watched.
//
// When another server becomes the master, a near copy may be old until Watch has noticed it. That takes a WatchTimeout
// from when the sentinels that the client asks, or the other masters of the Cluster, know the new master. Until then
// a read without near may find an old value as well, because the client may still ask the old master. In a Cluster,
// near is not used while a master that has slots is down and has no successor. New refuses clients of a Cluster that read
// from replicas: a replica reports its changes later than its master, so near could keep what was read there for long.
//
// A change costs the server a message for each Watch whose prefix fits. So processes that watch should have a Prefix.
// It is the prefix of Options that counts: the server does not know the prefixes of layers. The server sends the
// changes of other databases and the deletion of other databases, too, because it tracks keys without their database.
//
// # Errors
//
// Failures are [*ctxcache.Error]s. They unwrap to the error of go-redis, so its helpers work, such as
// [redis.IsOOMError]. So does errors.As with a [net.Error], to find timeouts. A key with a value that this cache did
// not write is [ctxcache.ErrCorrupt].
package rediscache
