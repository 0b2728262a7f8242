// Package layers has the wrappers that a stack of caches is made of. Each constructor except Locked takes the inner cache
// first. Each returns a cache, and adds one thing to it: a prefix, a codec, counters, TTLs. Five lines make a cache of
// users out of any store of bytes, shared or not:
//
//	shared := layers.Prefixed(store, "user:")                             // store is a ctxcache.Cache[string, []byte]
//	users := layers.Encoded(shared, layers.JSON[User]{}, nil)             // users is a ctxcache.Cache[string, User]
//	users = layers.Expiring(users, layers.Expiry{Default: time.Hour, Jitter: 0.1})
//	err := users.Set(ctx, "ada", ada, 0)                                  // stored as JSON under "user:ada" for 54 to 60 minutes
//	ada, err = users.Get(ctx, "ada")
//
// [Prefixed], [Keyed] and [Base85] change keys; [Encoded], [Cloned] and [Base85] change values; [Expiring] changes
// TTLs; [Stats], [Debug] and [Recorded] only watch; [Locked] makes caches safe for concurrent use; [RequestScoped] remembers what one
// request has read. The packages twolevel, encrypted and guarded, below this one, have the layers that are more than a
// page.
//
// A layer keeps every capability of the cache that it wraps, unless its comment says otherwise. A layer cannot be
// bypassed: it does its part for every way to read or write a value (alone, with others, as an entry, with a lease).
//
// A constructor returns no error. It panics if the inner cache, a function or a codec is nil, because that is a mistake
// in the program. If options make no sense, their Validate method returns an error, and so does every call to a cache
// that was built with them.
//
// Layers are safe for concurrent use. They start no goroutine unless their comment says so.
package layers
