// Package ctxcache is the contract of this library: what a cache is, what it may be able to do beyond that, and
// which errors it answers with. It imports the standard library only, so that a backend or a layer of your own
// depends on nothing else.
//
// # A cache is three methods
//
// [Cache] has Get, Set and Delete. Its comment states the ten rules that every implementation keeps; package
// cachetest has a named test case for each of them, and every backend and layer of this module runs it.
//
// # Capabilities
//
// What some caches can do beyond that is an optional interface, one a file: [Container], [Remover], [EntryCache],
// [ManyCache], [LeaseCache], [Sizer], [Clearer], [KeyLister], [Watcher], [StatsReporter]. Do not assert them
// yourself: a layer implements all of them, and whether it can keep the promise depends on what it wraps. Call the
// package function of the same name instead. It uses the capability where the cache has it, falls back where a
// fallback keeps the meaning, and returns [errors.ErrUnsupported], bare and before any effect, where none does:
//
//	function                        without the capability
//	Contains                        asks Get
//	GetEntry                        asks Get; the TTL is Unknown
//	SetEntry                        calls Set; ErrUnsupported for a negative entry
//	GetMany, GetEntries             one key after the other
//	SetMany, SetEntries, DeleteMany one key after the other
//	Remove, GetLease, GetLeases     ErrUnsupported
//	Len, Clear, Keys, Watch, Stats  ErrUnsupported
//
// [Supports] tells which capabilities a cache truly has.
//
// # Writing a layer
//
// A layer that changes neither keys nor values embeds [Forward] and overrides what it changes; one that does embeds
// [Mapped] and gives it hooks. Either way wrapping never loses a capability and never goes round the layer.
package ctxcache
