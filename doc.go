// Package cached puts caches in front of slow things, and stays correct while things race and fail.
//
// # A stack
//
// A cache has three methods, Get, Set and Delete, each with a context and an error (package ctxcache). Caches
// are made of small pieces that wrap each other: storage at the bottom, layers around it, and on top a function
// whose results are cached:
//
//	users := cached.Func(stack, db.UserByName, opts)    one load per key, however many callers
//	         └ layers.TwoLevel                          near in front of far
//	            ├ memory.New                            near: this process, typed values
//	            └ layers.Encoded                        far: values to bytes
//	               └ layers.Prefixed                    a part of a shared store
//	                  └ rediscache.Open                 the store
//
// Every piece has the same interface, so any of them can be left out, put elsewhere, or written by you.
// Wrapping never loses what the inner cache can do, such as many keys in one round trip.
//
// # Correct while things race
//
// A load starts, someone deletes or overwrites the key, the load ends and stores the old value: every cache that
// stores what it loads by a plain Set has this race, and serves the old value until it expires. Here a load takes a
// lease on its key first (see ctxcache.Lease), in memory, in Redis, and across both in two levels; every write and
// deletion of the key kills the lease, and what is loaded is stored by the lease only. So a value that was
// invalidated while it was loaded is not stored, nor given to anyone who asked after the invalidation.
//
// [Flight] makes concurrent loads of one key one load, without making one caller's cancellation another's
// failure, or one caller's patience another's. [Func] puts both together.
//
// # Functions as they are
//
// What has several arguments, or some that are no keys, goes through [KeyedFunc], which makes a key of them. [Funcs]
// replaces function variables, and [Methods] the function fields of a struct, by cached ones whose callers need not
// change; and cmd/cachegen writes a type that caches methods of an interface.
//
// # The packages
//
//	ctxcache            the contract: Cache, capabilities, leases, errors; standard library only
//	ctxcache/cachetest  the conformance suite and fault injectors, for your backends and layers too
//	cached              this one: Flight and Func; KeyedFunc, Funcs and Methods
//	cmd/cachegen        writes a caching wrapper for an interface
//	layers              wrappers: Prefixed, Encoded, Encrypted, Locked, Stats, TwoLevel, and more
//	backends/memory     storage in this process
//	backends/rediscache storage in Redis, through go-redis
//	backends/memcached  storage in Memcached, through gomemcache
//	tracing             an OpenTelemetry span for every operation of every layer
//
// A program links what it imports: memory alone brings neither go-redis nor OpenTelemetry.
package cached
