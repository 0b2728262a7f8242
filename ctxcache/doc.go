// Package ctxcache is the contract of this library: what a cache is, what it may be able to do in addition, and
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
// A capability is something that some caches can do in addition. Each one is an optional interface: [ContainsCache],
// [RemoveCache], [EntryCache], [ManyCache], [LeaseCache], [LenCache], [ClearCache], [KeysCache], [WatchCache],
// [StatsCache]. Do not assert these interfaces: every layer implements all of them, but supports only what its inner
// cache supports. Call the package function named like the method, and [GetStats] for the method Stats. It uses the
// capability where the cache has it. Elsewhere it falls back where a fallback keeps the meaning, and otherwise returns an
// error before any effect. That error is [errors.ErrUnsupported], by errors.Is, and names the layer that refuses:
// "memcached clear: unsupported operation". The method of a cache returns the bare error.
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
// A layer embeds one of three bases. It then keeps every capability, and no call bypasses it:
//
//   - [Observed] hands every operation to one observer, for layers that watch. [NewIntercepted] makes one that may refuse
//     a call or replace its error.
//   - [Mapped] maps keys, values and entries by hooks, for layers that change those.
//   - [Forward] passes everything on, for layers that override a few operations.
//
// This layer stores values in upper case, whichever way they are written:
//
//	type upper struct{ ctxcache.Mapped[string, string, string, string] }
//
//	func newUpper(inner ctxcache.Cache[string, string]) *upper {
//		return &upper{ctxcache.NewMapped(inner, ctxcache.Hooks[string, string, string, string]{
//			About:  ctxcache.Description{Kind: "upper"},
//			Key:    func(key string) (string, error) { return key, nil },
//			Unkey:  func(key string) (string, bool) { return key, true },
//			Encode: func(_, value string) (string, error) { return strings.ToUpper(value), nil },
//			Decode: func(_, value string) (string, error) { return value, nil },
//		})}
//	}
//
// Make failures with [Fail]. Use [Discreet] if a cause may quote a key or a value.
package ctxcache
