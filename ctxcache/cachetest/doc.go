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
// # What has to be said of a cache
//
// Options of Run say what the suite cannot find out:
//
//   - [FakeTime]: the cache lives in this process, so that no expiry has to be waited for.
//   - [Advance]: how to push the clock of the store, with the same effect.
//   - [TTLUnit]: the clock of the store is coarse.
//   - [LeaseTTL]: how long a lease stands that nobody renews.
//   - [Outage]: how to take the store away.
//   - [Room] and [MaxValue]: the cache is bounded lower than most.
//   - [Concurrent]: several cases may run at a time.
//
// A rule that the suite has no way to see is unproved, and not passed: that a value with a TTL of a month goes at last, say,
// where time is real and the cache reports no remaining lives. The log of the test lists such rules, each with the option
// that is missing, and so does the [Result] of Run.
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
