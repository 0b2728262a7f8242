// Package cachetest proves that a cache keeps the contract of package ctxcache, and makes caches fail on purpose.
//
// # The conformance suite
//
// [Run] puts a cache through a table of named cases: the ten rules of [ctxcache.Cache], and every capability. A case
// that needs a capability which the cache lacks is replaced by one that wants [errors.ErrUnsupported]. Backends
// and layers run the same suite, in a test of a few lines:
//
//	func TestConformance(t *testing.T) {
//		cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
//			return memory.New[string, []byte](nil)
//		}, cachetest.FakeTime())
//	}
//
// A case that fails prints the rule it stands for, in words.
//
// # Histories
//
// [History] lets many goroutines do random operations on few keys, and checks afterwards that every value that was read
// was legal to read, whatever the order in which operations that overlapped took effect:
//
//	func TestHistory(t *testing.T) {
//		cachetest.History(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
//			return memory.New[string, []byte](nil)
//		}, &cachetest.HistoryOptions{Operations: 1_000_000, Local: true})
//	}
//
// [CheckHistory] returns the report instead. A history should also be seen to find something: in the same cache, broken
// on purpose.
//
// # Fault injectors
//
// [Failing], [Stalling] and [Recording] wrap any cache. They are three hooks on one wrapper, [Hooked], which hands
// every operation, those of leases included, to a [Hook] that may refuse it, delay it, or look at it.
package cachetest
