package history

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
)

// SeedEnv is the environment variable with the seed of a history that is given none: it replays a failure.
const SeedEnv = "CACHED_HISTORY_SEED"

// Loader reads the source of a cached value, as the one that a cached function is made of does.
type Loader = func(ctx context.Context, key string) ([]byte, error)

// Options say what a history is made of. The zero value, or a nil pointer, is the default of each.
type Options struct {
	// Operations is how many there are in all. 0 is 20,000.
	Operations int

	// Goroutines is how many do them. 0 is 16.
	Goroutines int

	// Keys is how many keys they meet at. Few keys make many races. 0 is 8.
	Keys int

	// Seed decides which operations are done, and with Stepped, in which order. Each goroutine has a random source of
	// its own, made of it. 0 is the value of the environment variable SeedEnv, or else a random one.
	Seed uint64

	// Local says that the cache lives in this process, and has room for everything. Then what was cancelled does not
	// take effect later than its call returned; and a miss after a write is a violation, too, unless something may have
	// deleted the key since.
	Local bool

	// Without are the operations that are left out; "load" is one, too.
	Without []ctxcache.Operation

	// Stepped does one step at a time: a goroutine runs until it calls the cache, or an [Interleaved] part of it, and
	// Seed chooses who goes next. The same seed is then the same history, step by step, as long as the cache depends
	// on nothing else that is random. (Where a call for many keys becomes several calls of a part, in the order of a map,
	// leave out SetEntries, GetEntries and GetLeases for that.) It is for caches that are Local, and has to be done in a
	// bubble of testing/synctest, in which the cache was made; [Run] sees to that.
	//
	// Without it goroutines run as they may. A seed replays what each of them does, but not how they meet: a violation
	// may need several runs to come again, or many operations.
	Stepped bool

	// Function, if not nil, returns load with the cache in front of it, as cached.Func makes it. Loads go through it.
	// By default a load takes the key's lease, reads the source, and fills the lease. Over a cache without leases there
	// are no loads.
	Function func(cache ctxcache.Cache[string, []byte], load Loader) Loader
}

// Run checks what a cache that newCache returns answers while many goroutines read, write, delete, load and clear
// the same few keys, and some of their contexts are cancelled. The test fails if an answer was illegal, whatever the
// order in which operations that overlap took effect; if an operation failed that was not cancelled; or if no read
// found a value, as then nothing was checked. See [Check] for what is legal. The seed is logged.
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

// Check is [Run] for tests that want the report, be it that violations are wanted. It stops early at violations,
// and when ctx is done. It panics if cache is nil.
//
// Each key stands for something at a source, which has a version. Every write and every deletion changes the source
// first, to a new version, and then the cache: to this version, or by deleting the key. A load reads the version that
// the source then has. All operations log their beginning and their end by one clock, and afterwards every value that
// was read is compared with the log. It has to be whole, and of this key; of a version that was issued before the read
// ended; and there must be no write or deletion that began after the one of this version had ended, and itself ended
// before the read began: by then the value was overwritten for certain. An operation that failed, or was cancelled, may
// take effect at any time or never: it overwrites nothing for certain, and its own version is legal ever after. A miss
// is legal. (Over a cache that is Local, more is certain.)
//
// After ValueHistory of CacheLib's cachebench (facebook/CacheLib, cachelib/cachebench/consistency). The log is checked
// every 5,000 operations, between which nothing runs but loads that were left behind, and is then dropped. So memory
// does not grow with the operations, but for 8 bytes for each write that failed, and may take effect at any time.
func Check(ctx context.Context, cache ctxcache.Cache[string, []byte], opts *Options) Report {
	r := newRun(ctx, cache, opts)
	defer r.pacer.finish()
	for r.report.Violations == 0 && r.report.Operations < r.opts.Operations && ctx.Err() == nil {
		r.segment(min(segmentSize, r.opts.Operations-r.report.Operations))
	}
	return r.report
}

// segmentSize is after how many operations the log is checked.
const segmentSize = 5_000
