// Package memcached is a cache in any number of Memcached servers, 1.4 or later, over
// [github.com/bradfitz/gomemcache].
//
//	users, err := memcached.Open("cache1:11211,cache2:11211", &memcached.Options{Prefix: "users:"})
//
// Every key lives on one server, which a [memcache.ServerSelector] picks by it. A server that is down fails its own
// keys, and no others: a call for many keys tells which.
//
// # What is stored
//
// A value is an item under the prefix and the key, with the bytes and the flags that a [Serde] makes of it, and
// with its time to live in seconds, rounded up; Memcached counts whole seconds of its own clock, and may end an
// item up to one of them early. What lives for more than 30 days has an absolute Unix time for an expiry, which
// the clock of this machine sets and that of the server ends. Beside values there are, unless [Options].Plain
// forbids them, two kinds of items under the very same keys, told apart by flags that no Serde may use:
//
//	flags 0xCAC4ED01  the marker of a lease: the token of its holder
//	flags 0xCAC4ED02  a negative entry, empty
//
// A lease stands as long as its marker does: it is added, and anything that anybody does to the key (set, delete,
// flush_all) kills it, and so does the server when it evicts it. Only touch leaves it alone.
//
// Keys that Memcached cannot have, since they are empty, longer than 250 bytes with the prefix, or have white
// space or control characters in them, are escaped, or hashed by SHA-256 if that is too long; see
// [Options].EncodeKey.
//
// Memcached does not tell how long an item has to live, to this client: a TTL is always [ctxcache.Unknown], and
// a Keep that is shorter than it is stored in its place. Nor does it list its keys: there is no Len, no Clear
// and no Keys.
//
// # Contexts
//
// A caller leaves when its context is done, though gomemcache knows none. The command then goes on behind its
// back, up to [Options].MaxCalls of them, and ends with its answer or with [Options].Timeout: then its
// connection is closed, so that nobody else ever reads the answer. What became of a write is unknown, and it
// may still take effect, later; a lease that was granted meanwhile is given back, or runs out. A context that
// cannot end costs no goroutine.
//
// # Errors
//
// All failures are [*ctxcache.Error]s, and unwrap to what gomemcache returned: use errors.As with a [net.Error]
// to tell a timeout. A value that the server has no room for is [ErrTooLarge]. An item that the Serde does not
// understand is [ctxcache.ErrCorrupt].
package memcached
