// Package cachetoolsutils shares a Redis or a Memcached with services in Python that use CacheToolsUtils 11: it has
// the constructors under their Python names, built of the layers and backends of this module, and stores the same
// bytes under the same keys. Nothing else in this module knows of Python.
//
//	users := cachetoolsutils.PrefixedRedisCache[string, User](client, "app.", nil)
//
// is a cache of Go values that reads what PrefixedRedisCache(client, "app.") has written, and the other way
// round. Keys and values are Go types with a Python counterpart, see [Value]; a struct is a dict. Where both
// are only known at run time, as they are in Python, there are [Key] and Value: every constructor takes them,
// [Objects] and [Typed] go between the two worlds.
//
// Python's key functions are here too: [JSONKey], [HashJSONKey], [FullHashKey], [HashKey], [MethodKey], [TypedKey].
// They make keys of [Args], and go into the Key option of cached.Funcs and cached.Methods.
//
// # Bytes are theirs, behaviour is ours
//
//   - An empty value is a value, and so is None: Python takes the former in Redis, and the latter in Memcached,
//     for absent.
//   - What does not decode is [ctxcache.ErrCorrupt], which a loader takes for a miss: wrong JSON, base 85,
//     checksum, padding.
//   - A key or a value that has no counterpart is an error before anything is sent, a key [ctxcache.ErrKey].
//   - Text is UTF-8. A lone surrogate goes through JSON only, as in Python; text that is no UTF-8 is an error.
//   - To delete what is not there is no error, in two levels neither.
//   - Clear, Len and Keys are about the part under a prefix, and unsupported without one, unless WholeDatabase
//     says that nobody else is there: never a FLUSHDB by surprise. Memcached has none of the three.
//   - Clear, Len and Stats of two levels see both; a first level never outlives the second.
//   - Contains is asked of the server, of Memcached too, where "in" fails in Python.
//   - A value that Memcached has no room for is an error: Python never hears of it.
//   - A prefix in Memcached has no control characters, which Python lets pass but for white space and NUL.
//   - A hit ratio of a server that nobody has read from is 0, no division by zero.
//   - Keys that Python tells apart, but whose str() are the same, such as 1 and "1", share their place: see [Key].
//   - Keys that are equal to Python, such as 1 and True, are different ones to [DictCache] and the first of two
//     levels.
//   - Which characters a str within a tuple shows as they are depends on the version of Unicode: 14.0 in Python 3.11,
//     Go's own here. A key with a newer one may be a miss to the other side.
//   - A string that HashJSONKey returns is a string wherever it goes; Python's object only has a str().
//   - Redis gets neither leases nor negative entries (rediscache.Options.Plain), nor does Memcached: Python
//     would stumble over them. So a load is stored even if the key was deleted meanwhile by another process.
//
// Every byte is checked against vectors that were recorded from the Python library; command interop does so on live
// servers.
package cachetoolsutils
