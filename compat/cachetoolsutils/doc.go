// Package cachetoolsutils is for a Redis or a Memcached that you share with services in Python that use CacheToolsUtils
// 11. It stores the same bytes under the same keys. Its constructors have their Python names, and use the layers and
// backends of this module. No other package of this module deals with Python.
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
//	users := cachetoolsutils.PrefixedRedisCache[string, User](client, "app.", nil)
//	ada, err := users.Get(ctx, "ada")                   // Python: ada = users["ada"]
//	err = users.Set(ctx, "ada", ada, 10*time.Minute)    // Python: users.set("ada", ada, ex=600)
//	err = users.Delete(ctx, "ada")                      // Python: del users["ada"]
//
// This cache reads the values that PrefixedRedisCache(client, "app.") has written in Python, and Python reads the values
// that it writes. Keys and values are Go types that have a counterpart in Python: see [Value]. A struct is a dict. Use the
// types [Key] and Value if the types are only known at run time, as in Python: every constructor accepts them, and
// [Objects] and [Typed] convert between caches of objects and caches of Go types.
//
// The package also has Python's key functions: [JSONKey], [HashJSONKey], [FullHashKey], [HashKey], [MethodKey] and
// [TypedKey]. They make keys of [Args]. Use them as the Key option of funcvars.Replace and funcvars.ReplaceFields.
//
// # Same bytes, other behaviour
//
//   - An empty value and None are values. Python treats an empty value in Redis, and None in Memcached, as absent.
//   - A stored value that cannot be decoded (bad JSON, base 85, checksum or padding) is [ctxcache.ErrCorrupt], which a
//     loader treats as a miss.
//   - A key or a value without a counterpart in Python is an error, before anything is sent. For a key it is
//     [ctxcache.ErrKey].
//   - Text is UTF-8, and other text is an error. A lone surrogate can be stored as JSON only, as in Python.
//   - To delete an absent key is not an error, also in two levels.
//   - Clear, Len and Keys only see the keys under the prefix. Without a prefix they are unsupported, unless
//     WholeDatabase says that the database has no other keys. So there is never an unexpected FLUSHDB. Over Memcached
//     the three are unsupported.
//   - Clear and Stats of two levels reach both, and Len is the second's. An entry in the first level never outlives the
//     one in the second.
//   - Contains asks the server, also Memcached, where "in" fails in Python.
//   - A call waits for the server at most 100 ms if it reads, and a second if it writes, unless RedisOptions or
//     MemcachedOptions have other timeouts. Python's clients wait for seconds, or without end.
//   - A value that is too large for Memcached is an error. Python does not report it.
//   - A prefix in Memcached cannot have control characters. Python only refuses white space and NUL.
//   - The hit rate of a server without any reads is 0. In Python it is a division by zero.
//   - Different keys that have the same str() in Python, such as 1 and "1", share one entry in caches that store
//     str(key): see [Key].
//   - Keys that are equal in Python, such as 1 and True, are different keys in [DictCache] and in the first of two
//     levels.
//   - The repr() of a str within a tuple shows printable characters unchanged. Which characters are printable depends
//     on the version of Unicode: Python 3.11 uses 14.0, and this package uses Go's version. A key with a newer
//     character may be a miss on the other side.
//   - HashJSONKey returns a string. In Python it returns an object, which only has a str().
//   - Redis and Memcached get neither leases nor negative entries (Options.Plain of the backends), because Python would
//     fail on them. So a load is stored even if another process deleted the key during the load.
//
// The tests compare every byte with vectors that were recorded from the Python library. The command interop does so on
// live servers.
package cachetoolsutils
