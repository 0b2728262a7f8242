package history_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest/history"
)

// allOptions are those that make loads go on behind the callers. Values are fresh for so short a time that most of them are
// refreshed behind a caller.
var allOptions = cached.Options{
	TTL: time.Millisecond, StaleFor: time.Hour, StaleIfError: 2 * time.Hour, SoftTimeout: time.Millisecond,
	RefreshAhead: 0.5, RefreshBeta: 1, ErrorCooldown: time.Millisecond, MaxLoads: 8, MaxBatch: 3,
}

// allStacks know the remaining life of a value. Memcached does not.
var allStacks = []stack{overMemory, overTwoLevels, overRedis, overTwoLevelsOfRedis}

// checked is a Function. Every second Get is a GetResult, whose result it checks. Some have directives.
type checked struct {
	*cached.Function[string, []byte]
	t          *testing.T
	gets       atomic.Int64
	directives []func(context.Context) context.Context
}

func (f *checked) Get(ctx context.Context, key string) ([]byte, error) {
	n := int(f.gets.Add(1))
	if nth := n / 2 % (4 * len(f.directives)); nth < len(f.directives) {
		ctx = f.directives[nth](ctx)
	}
	if n%2 == 0 {
		return f.Function.Get(ctx, key)
	}
	r, err := f.GetResult(ctx, key)
	served := r.Why == cached.WhyStale || r.Why == cached.WhySlow || r.Why == cached.WhyFailed
	if err == nil && (r.Stale != served || r.Stale && (r.TTL != 0 || r.Loaded)) {
		f.t.Errorf("a result that contradicts itself: %+v", r)
	}
	return r.Value, err
}

// direct is a Function whose changes are made directly in the cache. So it does not forget its loads.
type direct struct {
	*checked
	cache cache
}

func (f direct) Set(ctx context.Context, key string, value []byte) error {
	return f.cache.Set(ctx, key, value, ctxcache.NoExpiry)
}

func (f direct) Delete(ctx context.Context, key string) (bool, error) {
	return ctxcache.Remove(ctx, f.cache, key)
}

func (f direct) DeleteMany(ctx context.Context, keys []string) error {
	return ctxcache.DeleteMany(ctx, f.cache, keys)
}

// alone checks that no two loads of a key run at the same time.
type alone struct {
	t       *testing.T
	mu      sync.Mutex
	running map[string]bool
}

func (a *alone) load(load history.LoadMany) history.LoadMany {
	return func(ctx context.Context, keys []string) (map[string][]byte, error) {
		a.change(keys, true)
		defer a.change(keys, false)
		return load(ctx, keys)
	}
}

func (a *alone) change(keys []string, begins bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range keys {
		if begins && a.running[key] {
			a.t.Errorf("two loads of %s run at the same time", key)
		}
		a.running[key] = begins
	}
}

// functions returns a constructor of cached functions with these options. With onlyDirect it checks that loads of a key do
// not overlap. They may if the function itself has deleted the key, or if all callers of a load have cancelled it.
func functions(t *testing.T, opts cached.Options, onlyDirect bool) func(cache, history.LoadMany) history.Function {
	return func(c cache, load history.LoadMany) history.Function {
		directives := []func(context.Context) context.Context{
			ctxcache.WithRefresh,
			func(ctx context.Context) context.Context { return ctxcache.WithMaxAge(ctx, time.Millisecond) },
			ctxcache.WithBypass,
		}
		if onlyDirect && !opts.CancelUnwanted {
			load = (&alone{t: t, running: make(map[string]bool)}).load(load)
			directives = directives[:2] // a call that bypasses the cache has a load of its own
		}
		f := &checked{Function: cached.Bulk(c, load, &opts), t: t, directives: directives}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			if err := f.Close(ctx); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		if onlyDirect {
			return direct{f, c}
		}
		return f
	}
}

// variants are the ways to combine the options over s.
func (s stack) variants() map[string]cached.Options {
	coalescing, unwanted := allOptions, allOptions
	coalescing.CoalesceFor = time.Millisecond
	unwanted.CancelUnwanted = true
	combined := map[string]cached.Options{"all": allOptions, "coalescing": coalescing, "cancelling": unwanted}
	if !s.local { // other processes honour its leases
		once := coalescing
		once.OncePerCluster = true
		combined["once per cluster"] = once
	}
	return combined
}

// TestHistoryOfAllOptions: after a change that has succeeded, nobody gets an older value, not even as a stale one. A
// Refresh loads after it was called. With changes made directly in the cache, no two loads of a key run at the same time.
func TestHistoryOfAllOptions(t *testing.T) {
	for _, s := range allStacks {
		for name, opts := range s.variants() {
			for _, onlyDirect := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/direct=%v", s.name, name, onlyDirect), func(t *testing.T) {
					t.Parallel()
					history.Run(t, func(t *testing.T) cache { return s.as(t, "", nil) }, &history.Options{
						Operations: operations(1_500, 1_000_000), Functions: functions(t, opts, onlyDirect),
					})
				})
			}
		}
	}
}

func TestHistoryOfAllOptionsStepByStep(t *testing.T) {
	for _, s := range []stack{overMemory, overTwoLevels} {
		for name, opts := range s.variants() {
			for _, onlyDirect := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/direct=%v", s.name, name, onlyDirect), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						report := history.Check(t.Context(), s.as(t, "", nil), &history.Options{
							Operations: operations(1_500, 1_000_000), Stepped: true, Functions: functions(t, opts, onlyDirect),
						})
						t.Log(report)
						if err := report.Err(); err != nil {
							t.Error(err)
						}
					})
				})
			}
		}
	}
}

// If any part of a stack does not check leases, the history must find illegal answers on the paths behind the callers, too.
func TestHistoryOfAllOptionsFindsUnfencedLeases(t *testing.T) {
	for _, s := range []stack{overMemory, overTwoLevels} {
		for _, part := range s.parts {
			t.Run(s.name+"/"+part, func(t *testing.T) {
				bites(t, func() (report history.Report) {
					synctest.Test(t, func(t *testing.T) {
						report = history.Check(t.Context(), s.as(t, part, unfence), &history.Options{
							Operations: someOperations, Stepped: true, Functions: functions(t, allOptions, false),
						})
					})
					return report
				})
			})
		}
	}
}
