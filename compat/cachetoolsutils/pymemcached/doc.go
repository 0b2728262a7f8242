// Package pymemcached has the caches for a Memcached that you share with services in Python that use CacheToolsUtils 11.
// They have their Python names. Package cachetoolsutils describes keys, values, and the differences to Python. This
// package is separate from it so that a program without Memcached does not link a Memcached client.
//
//	var servers memcache.ServerList
//	err := servers.SetServers("localhost:11211")
//	users := pymemcached.PrefixedMemCached[string, User](&servers, "app.", nil)
//	defer users.Close()
//	ada, err := users.Get(ctx, "ada") // Python: ada = users["ada"]
//
// A V that cannot be stored makes every call return [ctxcache.ErrOptions]: see [cachetoolsutils.JSONSerde].
package pymemcached
