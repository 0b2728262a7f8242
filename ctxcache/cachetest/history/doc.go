// Package history is an oracle for caches. It does random operations on a cache, from many goroutines at a time, and
// checks every read against the values that were written before the read. A cache passes if no read returns a value
// that was overwritten or deleted before the read began.
//
//	history.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] { return newCache(t) }, nil)
//
// A seed decides which operations are done. A history that fails prints its seed, and a command that repeats it. The
// command sets the environment variable CACHED_HISTORY_SEED, see [SeedEnv]. [Options] may have the seed, too. With
// Options.Stepped, a seed repeats the history step by step. Without it, several runs may be needed until the failure
// comes again.
//
// [Check] is Run without a test: it returns a [Report], which has the seed, the counts, and the first violations.
package history
