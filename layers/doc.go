// Package layers has the wrappers that a stack of caches is made of. Each is an adjective for the cache it is
// given: it takes the inner cache first, returns a cache, and does one thing.
//
//	var store ctxcache.Cache[string, []byte] = ... // some backend
//	users := layers.Encoded(layers.Prefixed(store, "user:"), layers.JSON[User]{})
//
// No layer loses a capability of what it wraps, and none can be gone round: whichever way a value is written or read
// (alone, with others, as an entry, by filling a lease), the layer does its part.
//
// A constructor returns no error. It panics if the inner cache, a function or a codec is nil, which only a
// mistake in the program can cause. Options that make no sense are reported by their Validate method, and by
// every call to a cache that was built with them.
//
// Layers are safe for concurrent use. They start no goroutine unless their comment says so.
package layers
