// Package cached puts caches in front of slow things, and stays correct while things race and fail. Five lines to begin
// with:
//
//	store := memory.New(&memory.Options[string, User]{MaxEntries: 100_000})
//	users := cached.Func(store, db.UserByName, &cached.Options{TTL: time.Minute})
//	ada, err := users.Get(ctx, "ada")        // one load, however many ask at the same time
//	ada, err = users.Refresh(ctx, "ada")     // load it anew
//	was, err := users.Delete(ctx, "ada")     // a load of it that runs is not stored any more
//
// # A stack
//
// A cache has three methods, Get, Set and Delete, each with a context and an error (package ctxcache). Caches
// are made of small pieces that wrap each other: storage at the bottom, layers around it, and on top a function
// whose results are cached:
//
//	users := cached.Func(stack, db.UserByName, opts)    one load per key, however many callers
//	         └ twolevel.New                             near in front of far
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
// lease on its key first (see ctxcache.Lease), in memory, in Redis, and across both in two levels. Every write and
// deletion of the key ends the lease, and what is loaded is stored by the lease only. So a value that was
// invalidated while it was loaded is not stored, nor given to callers that asked after the invalidation.
//
// [Flight] makes concurrent loads of one key one load, without making one caller's cancellation another's
// failure, or one caller's patience another's. [Func] puts both together.
//
// # Functions of several arguments
//
// [KeyedFunc] caches functions whose arguments are several, or are not keys themselves. It makes a key of them, often by
// [JSONKeyOf], and of the call's context where results depend on that.
//
// Package funcvars replaces function variables, and the function fields of a struct, by cached ones, so that callers
// need not change. The command cmd/cachegen writes a type that caches methods of an interface.
//
// # The packages
//
//	cached                  this one: Func, KeyedFunc and Flight
//	funcvars                function variables and fields, replaced by cached ones
//	cmd/cachegen            writes a caching wrapper for an interface
//	ctxcache                the contract: Cache, capabilities, leases, errors; standard library only
//	ctxcache/cachetest      the conformance suite and fault injectors, for your backends and layers too
//	layers                  wrappers: Prefixed, Encoded, Locked, Stats, Debug, and more
//	layers/twolevel         a near cache in front of a far one
//	layers/encrypted        values sealed before they are stored
//	backends/memory         storage in this process
//	backends/rediscache     storage in Redis, through go-redis
//	backends/memcached      storage in Memcached, through gomemcache
//	tracing                 an OpenTelemetry span for every operation of every layer
//	compat/cachetoolsutils  stores shared with Python's cachetools-utils
//
// A program links what it imports: memory alone brings neither go-redis nor OpenTelemetry.
package cached
