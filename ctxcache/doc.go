// Package ctxcache is the contract of this library: what a cache is, what it may be able to do beyond that, and
// which errors it answers with. It imports the standard library only, so that a backend or a layer of your own
// depends on nothing else. Five lines are enough to use any cache:
//
//	user, err := users.Get(ctx, "ada")                            // err == ctxcache.ErrMiss: not cached
//	err = users.Set(ctx, "ada", user, time.Minute)
//	err = users.Delete(ctx, "ada")
//	found, err := ctxcache.GetMany(ctx, users, []string{"ada", "bob"})
//	err = ctxcache.Clear(ctx, users)
//
// # Using caches
//
// [Cache] has three methods. Its comment states the ten rules that every implementation keeps.
//
// What some caches can do beyond that is an optional interface, one a file: [ContainsCache], [RemoveCache],
// [EntryCache], [ManyCache], [LeaseCache], [LenCache], [ClearCache], [KeysCache], [WatchCache], [StatsCache]. Do not
// assert them yourself: a layer implements all of them, and whether it can keep the promise depends on the cache it
// wraps. Call the package function of the same name instead, and GetStats for Stats. It uses the capability where the
// cache has it. Elsewhere it falls back where a fallback keeps the meaning, and otherwise returns
// [errors.ErrUnsupported], bare and before any effect:
//
//	function                        without the capability
//	Contains                        asks Get
//	GetEntry                        asks Get; the TTL is Unknown
//	SetEntry                        calls Set; ErrUnsupported for a negative entry
//	GetMany, GetEntries             one key after the other
//	SetMany, SetEntries, DeleteMany one key after the other
//	Remove                          ErrUnsupported
//	GetLease, GetLeases, Fill,
//	FillMany, Release, ReleaseMany,
//	Drop                            ErrUnsupported
//	Len, Clear, Keys, Watch         ErrUnsupported
//	GetStats                        ErrUnsupported
//
// [Supports] reports which capabilities a cache has. [NodeOf], [Walk], [StatsOf] and [CloseAll] are about whole stacks.
//
// # Writing a backend or a layer
//
// Package cachetest has a named test case for each rule, and every backend and layer of this module runs it.
//
// A layer embeds one of three bases, and then loses no capability and is never gone round:
//
//   - [Observed] hands every operation to one observer, for layers that watch. [NewIntercepted] makes one that may answer
//     a call itself.
//   - [Mapped] maps keys, values and entries by hooks, for layers that change those.
//   - [Forward] passes everything on, for layers that override a few operations.
//
// Failures are made by [Fail], with [Discreet] where a cause may quote a key or a value.
package ctxcache
