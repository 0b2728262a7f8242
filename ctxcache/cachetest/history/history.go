package history

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
)

// SeedEnv is the environment variable with the seed of a history whose Options have none. Set it to replay a failure.
const SeedEnv = "CACHED_HISTORY_SEED"

// Loader loads the value of key from its source, like the function from which cached.Func makes a cached one.
type Loader = func(ctx context.Context, key string) ([]byte, error)

// Options describe a history. A nil pointer means the zero value, which has the default of every option.
type Options struct {
	// Operations is the number of operations of the history. 0 means 20,000.
	Operations int

	// Goroutines is the number of goroutines that do the operations. 0 means 16.
	Goroutines int

	// Keys is the number of keys that the operations use. Few keys make many races. 0 means 8.
	Keys int

	// Seed decides which operations are done. With Stepped it also decides their order. Each goroutine has a random
	// source of its own, which is made from Seed. 0 means the value of the environment variable SeedEnv. Without that
	// variable the seed is random.
	Seed uint64

	// Local says that the cache lives in this process, and has room for everything. An operation that is cancelled then
	// takes effect before its call returns, or not at all. A miss after a write is then a violation, too, unless
	// something may have deleted the key since.
	Local bool

	// Without lists operations to leave out. It may contain [ctxcache.OpLoad].
	Without []ctxcache.Operation

	// Stepped runs one step at a time. A goroutine runs until it calls the cache, or an [Interleaved] part of the
	// cache. Then Seed chooses the goroutine that runs next. The same seed gives the same history, step by step, if the
	// cache depends on nothing else that is random. (A cache may make several calls of a part from a call for many
	// keys, in the random order of a map. Leave out SetEntries, GetEntries and GetLeases for such a cache.) Stepped is
	// for caches that are Local. The history runs in a bubble of testing/synctest. The cache must be made in that bubble.
	// [Run] makes the bubble, and [Check] does not.
	//
	// Without Stepped the goroutines run freely. A seed then replays what each goroutine does, but not the order
	// between goroutines. It may take several runs, or many operations, until a violation comes again.
	Stepped bool

	// Function, if not nil, returns load with the cache in front of it, as cached.Func does. Loads then call the
	// returned function. By default a load takes the lease of the key, reads the source, and fills the lease. If the
	// cache has no leases, there are no loads.
	Function func(cache ctxcache.Cache[string, []byte], load Loader) Loader

	// Functions, if not nil, returns a cached function of load over cache, as cached.Bulk does. It replaces Function. The
	// history then also calls its GetMany and Refresh, and changes values by its Set, Delete and DeleteMany. A Refresh must
	// return a version that is at least as new as the source's when the Refresh began. If the cache has no leases, all
	// changes are made by the function, because it does not notice others.
	Functions func(cache ctxcache.Cache[string, []byte], load LoadMany) Function
}

// Run checks the answers of a cache that newCache returns. Many goroutines read, write, delete, load and clear the same
// few keys, and some of their contexts are cancelled. Operations that overlap may take effect in any order. The test
// fails if an answer was illegal in every such order. It also fails if an operation failed that was not cancelled. It
// also fails if no read found a value, because then nothing was checked. [Check] describes the legal answers. Run logs
// the seed.
func Run(t *testing.T, newCache func(t *testing.T) ctxcache.Cache[string, []byte], opts *Options) {
	t.Helper()
	check := func(t *testing.T) {
		t.Helper()
		report := Check(t.Context(), newCache(t), opts)
		t.Log(report)
		if err := report.Err(); err != nil {
			t.Errorf("%v\nto replay: %s=%d go test -run '^%s$'", err, SeedEnv, report.Seed, t.Name())
		}
	}
	if opts != nil && opts.Stepped {
		synctest.Test(t, check)
		return
	}
	check(t)
}

// Check is [Run] for tests that want the report, for example because they expect violations. It stops early at
// violations, and when ctx is done. It panics if cache is nil.
//
// Each key stands for a record at a source, and the record has a version. Every write and every deletion first changes
// the source to a new version. Then it stores this version in the cache, or deletes the key. A load reads the version
// that the source has at that time. All operations log their beginning and their end by one clock. Afterwards Check
// compares every value that was read with the log. The value must be whole, and must belong to this key. Its version
// must have been issued before the read ended. The value must not have been overwritten before the read began. It was
// overwritten for certain if another write or deletion began after the write of this version had ended, and ended
// before the read began. An operation that failed, or was cancelled, may take effect at any time or never. It
// overwrites nothing for certain, and its own version stays legal for ever. A miss is legal. (If the cache is Local,
// more is certain.)
//
// The method comes from ValueHistory of CacheLib's cachebench (facebook/CacheLib, cachelib/cachebench/consistency).
// Check checks the log every 5,000 operations, and then drops it. Meanwhile nothing runs, except loads that were left
// behind. So memory does not grow with the operations, except by 8 bytes for each write that failed and may take effect
// at any time.
func Check(ctx context.Context, cache ctxcache.Cache[string, []byte], opts *Options) Report {
	r := newRun(ctx, cache, opts)
	defer r.pacer.finish()
	for r.report.Violations == 0 && r.report.Operations < r.opts.Operations && ctx.Err() == nil {
		r.segment(min(segmentSize, r.opts.Operations-r.report.Operations))
	}
	return r.report
}

// segmentSize is the number of operations after which the log is checked.
const segmentSize = 5_000
