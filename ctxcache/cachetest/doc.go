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
// Where a rule is about time, the suite has to know the cache: see [TTLUnit] and [LeaseTTL].
//
// # Fault injectors
//
// [Failing], [Stalling] and [Recording] wrap any cache, and see every operation. [Hooked] does so with a [Hook] of your
// own, which may refuse a call, delay it, look at it, or lose its answer.
//
// # Histories
//
// Package history, below this one, judges what a cache answers while many goroutines use it at random.
package cachetest
