// Package cached puts a cache in front of a slow function. It stays correct when calls race and when parts fail. Five
// lines to begin with:
//
//	store := memory.New(&memory.Options[string, User]{MaxEntries: 100_000})
//	users := cached.Func(store, db.UserByName, &cached.Options{TTL: time.Minute})
//	ada, err := users.Get(ctx, "ada")        // one load in this process, however many callers ask at the same time
//	ada, err = users.Refresh(ctx, "ada")     // loads again, and replaces the cached value
//	was, err := users.Delete(ctx, "ada")     // a load that is running is not stored any more
//
// # A stack
//
// A cache has three methods, Get, Set and Delete. Each takes a context and returns an error (see package ctxcache).
// Caches wrap each other: storage is at the bottom, layers are around it, and a function whose results are cached is on
// top:
//
//	users := cached.Func(stack, db.UserByName, opts)    one load per key in this process, however many callers
//	         └ twolevel.New                             near in front of far
//	            ├ memory.New                            near: this process, typed values
//	            └ layers.Encoded                        far: values to bytes
//	               └ layers.Prefixed                    a part of a shared store
//	                  └ rediscache.Open                 the store
//
// All pieces have the same interface. You can leave one out, put it elsewhere, or write your own. A layer keeps the
// capabilities of the cache that it wraps, such as many keys in one round trip.
//
// # Correct while things race
//
// A load starts, somebody deletes or overwrites the key, and then the load ends and stores the old value. Every cache
// that stores loaded values by a plain Set has this race, and serves the old value until it expires. In this package a
// load first takes a lease on its key (see ctxcache.Lease): in memory, in Redis, in Memcached, or in both levels of
// two. Every write and deletion of the key ends the lease, and a loaded value is stored only with the lease. So a value
// that was invalidated while it was loaded is not stored. Callers that ask after the invalidation do not get it either.
// A cache without leases has only a part of this (see [Func]). Package twolevel says how old a near copy in another process
// can be.
//
// [Flight] turns concurrent loads of one key into one load. One caller's cancellation does not fail another caller, and
// no caller waits longer than its own context allows. [Func] puts leases and flights together. A flight is of one process:
// if ten processes miss the same key at the same time, there are ten loads. A store that they share, and that supports
// leases, takes the result of one of them.
//
// # Functions of several arguments
//
// [KeyedFunc] caches a function that has several arguments, or arguments that are not keys. It makes a key of the
// arguments, often by [JSONKeyOf]. The key may also depend on the call's context.
//
// Package funcvars replaces function variables, and the function fields of a struct, by cached functions. Their callers
// need not change. The command cmd/cachegen writes a type that caches the methods of an interface.
//
// # The packages
//
//	cached                  this package: Func, Bulk, KeyedFunc and Flight
//	funcvars                function variables and fields, replaced by cached functions
//	cmd/cachegen            writes a caching wrapper for an interface
//	ctxcache                the contract: Cache, capabilities, leases, errors; standard library only
//	ctxcache/cachetest      the conformance suite and fault injectors, for your backends and layers too
//	layers                  wrappers: Prefixed, Encoded, Locked, Stats, Debug, and more
//	layers/twolevel         a near cache in front of a far one
//	layers/encrypted        values sealed before they are stored
//	layers/guarded          a circuit breaker and a bulkhead
//	backends/memory         storage in this process
//	backends/rediscache     storage in Redis, through go-redis
//	backends/memcached      storage in Memcached, through gomemcache
//	sources/postgres        changes of rows in PostgreSQL, for near caches; a module of its own
//	tracing                 an OpenTelemetry span for every operation of every layer
//	compat/cachetoolsutils  stores shared with services that use CacheToolsUtils
//
// A program links only the packages that it imports: memory alone brings neither go-redis nor OpenTelemetry.
package cached
