// Package cachetoolsutils is for a Redis or a Memcached that you share with services in Python that use CacheToolsUtils
// 11. It stores the same bytes under the same keys. Its constructors have their Python names, and use the layers and
// backends of this module. No other package of this module deals with Python.
//
// This package has keys, values, ciphers, and the classes that need no server. The classes for a server are in packages
// of their own, so that a program links only the client that it uses: pyredis and pymemcached.
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
//	users := pyredis.PrefixedRedisCache[string, User](client, "app.", nil)
//	ada, err := users.Get(ctx, "ada")                   // Python: ada = users["ada"]
//	err = users.Set(ctx, "ada", ada, 10*time.Minute)    // Python: users.set("ada", ada, ex=600)
//	err = users.Delete(ctx, "ada")                      // Python: del users["ada"]
//
// This cache reads the values that PrefixedRedisCache(client, "app.") has written in Python, and Python reads the values
// that it writes. Keys and values are Go types that have a counterpart in Python: see [Value]. A struct is a dict. A type
// that would lose a part of its values is [ctxcache.ErrOptions], and a value that would be read back as another value is
// [ctxcache.ErrValue]: see [JSON]. Use the types [Key] and Value if the types are only known at run time, as in Python:
// every constructor accepts them, and [Objects] and [Typed] convert between caches of objects and caches of Go types.
//
// The package also has Python's key functions: [JSONKey], [HashJSONKey], [FullHashKey], [HashKey], [MethodKey] and
// [TypedKey]. They make keys of [Args]. As the option Key of funcvars.Replace and funcvars.ReplaceFields use
// [HashFuncKey], [TypedFuncKey], [JSONFuncKey] or [FullHashFuncKey].
//
// # Same bytes, other behaviour
//
//   - An empty value and None are values. Python treats an empty value in Redis, and None in Memcached, as absent. With
//     [NoneIsNotFound], None is a negative entry.
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
//   - A call waits for the server at most 100 ms if it reads, and a second if it writes, unless the options have
//     other timeouts. Python's clients wait for seconds, or without end.
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
//   - JSON that is nested deeper than 994 levels, and an int of more than 4,300 digits, is neither read nor written.
//     These are the limits of Python 3.11. The calls of a Python program count as levels, so it may read less.
//   - The keys of calls with names of arguments depend on the release of cachetools: see [HashKeyPairs].
//   - HashJSONKey returns a string. In Python it returns an object, which only has a str().
//   - Redis and Memcached get neither leases nor, without NoneIsNotFound, negative entries (Options.Plain of the
//     backends), because Python would fail on them. So a load is stored even if another process deleted the key during
//     the load.
//
// The tests compare every byte with vectors that were recorded from the Python library. The command interop does so on
// live servers.
package cachetoolsutils
