// Package cachetest proves that a cache keeps the contract of package ctxcache, and makes caches fail on purpose.
//
// # The conformance suite
//
// [Run] puts a cache through a table of named cases. They check the ten rules of [ctxcache.Cache], and every
// capability. If the cache lacks a capability, the cases for it are replaced by one case that checks for
// [errors.ErrUnsupported]. Backends and layers run the same suite, in a test of a few lines:
//
//	func TestConformance(t *testing.T) {
//		cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] {
//			return memory.New[string, []byte](nil)
//		}, cachetest.FakeTime())
//	}
//
// A case that fails prints its rule, in words.
//
// # Options
//
// The options of Run state facts that the suite cannot find out:
//
//   - [FakeTime]: the cache lives in this process, so the suite does not have to wait for expiries.
//   - [Advance]: how to move the clock of the store forward. The suite then does not wait for expiries either.
//   - [TTLUnit]: the clock of the store is coarse.
//   - [LeaseTTL]: how long a lease stands if nobody renews it.
//   - [Outage]: how to take the store away.
//   - [Shared]: how to open two caches in one store. It proves that leases are shared.
//   - [Room] and [MaxValue]: the cache has lower limits than most caches.
//   - [Concurrent]: several cases may run at a time.
//
// The suite cannot check every rule on every cache. For example, a value with a TTL of a month must expire. The suite
// cannot see this in real time if the cache does not report remaining TTLs. Such a rule is unproved, and does not
// count as passed. The log of the test lists these rules, each with the option that is missing. So does the [Result] of
// Run.
//
// # Fault injectors
//
// [Failing], [Stalling] and [Recording] wrap any cache, and see every operation. [Hooked] does the same with a [Hook]
// of your own. A hook may refuse a call, delay it, look at it, or lose its answer.
//
// # Histories
//
// Package history, in a folder of this package, uses a cache at random from many goroutines, and judges the answers.
package cachetest
