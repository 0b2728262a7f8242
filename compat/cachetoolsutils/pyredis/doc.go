// Package pyredis has the caches for a Redis that you share with services in Python that use CacheToolsUtils 11. They
// have their Python names. Package cachetoolsutils describes keys, values, and the differences to Python. This package
// is separate from it so that a program without Redis does not link a Redis client.
//
//	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
//	users := pyredis.PrefixedRedisCache[string, User](client, "app.", nil)
//	ada, err := users.Get(ctx, "ada")                   // Python: ada = users["ada"]
//	err = users.Set(ctx, "ada", ada, 10*time.Minute)    // Python: users.set("ada", ada, ex=600)
//	err = users.Delete(ctx, "ada")                      // Python: del users["ada"]
//
// A V that cannot be stored makes every call return [ctxcache.ErrOptions]: see [cachetoolsutils.JSON].
package pyredis
