// Package history is an oracle for caches. It does random operations on a cache, from many goroutines at a time, and
// checks every read against the values that were written before the read. A cache passes if no read returns a value
// that was overwritten or deleted before the read began.
//
//	history.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] { return newCache(t) }, nil)
package history
