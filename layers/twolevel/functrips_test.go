package twolevel_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// always loads 1.
func always(context.Context, string) (int, error) { return 1, nil }

// farOperations returns the operations that far was asked for, except Watch.
func farOperations(log *cachetest.Log[string]) (operations []ctxcache.Operation) {
	for _, record := range log.Records() {
		if record.Operation != ctxcache.OpWatch {
			operations = append(operations, record.Operation)
		}
	}
	return operations
}

// TestRoundTripsOfAFunction checks how often a cached function asks far: not at all if near has the key, once if far has
// it, and twice if it must be loaded.
func TestRoundTripsOfAFunction(t *testing.T) {
	negative := ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	value := ctxcache.NewEntry(1, time.Hour)
	for name, opts := range map[string]twolevel.Options{"plain": {}, "resilient": {Resilient: true}, "coherent": {Coherent: true}} {
		for _, maxLoads := range []int{0, 1} {
			for _, test := range []struct {
				name   string
				stored *ctxcache.Entry[int]
				want   error
				far    []ctxcache.Operation
			}{
				{"miss", nil, nil, []ctxcache.Operation{ctxcache.OpGetLease, ctxcache.OpFill}},
				{"far hit", &value, nil, []ctxcache.Operation{ctxcache.OpGetLease}},
				{"negative", &negative, ctxcache.ErrNotFound, []ctxcache.Operation{ctxcache.OpGetLease}},
			} {
				t.Run(fmt.Sprintf("%s/MaxLoads %d/%s", name, maxLoads, test.name), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						store := newNear()
						far, log := cachetest.Recording(store)
						c := twolevel.New(newNear(), far, &opts)
						t.Cleanup(func() { _ = c.Close() })
						synctest.Wait()
						if test.stored != nil {
							if err := ctxcache.SetEntry(t.Context(), store, "k", *test.stored); err != nil {
								t.Fatal(err)
							}
							synctest.Wait()
						}
						f := cached.Func(c, always, &cached.Options{TTL: time.Hour, MaxLoads: maxLoads})
						for _, want := range [][]ctxcache.Operation{test.far, nil} {
							log.Reset()
							got, err := f.Get(t.Context(), "k")
							if !errors.Is(err, test.want) || err == nil && got != 1 {
								t.Errorf("Get = %d, %v, want %v", got, err, test.want)
							}
							if ops := farOperations(log); !slices.Equal(ops, want) {
								t.Errorf("far was asked for %v, want %v", ops, want)
							}
							if opts.Coherent && test.stored == nil {
								break // the event of the fill may drop the copy
							}
						}
					})
				})
			}
		}
	}
}

// TestFarHitsDoNotWaitForLoads checks that a value in far is returned while every slot of MaxLoads is taken, and while
// the same key is being refreshed.
func TestFarHitsDoNotWaitForLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newNear(), newNear()
		c := twolevel.New(near, far, nil)
		goOn := make(chan struct{})
		f := cached.Func(c, func(context.Context, string) (int, error) {
			<-goOn
			return 2, nil
		}, &cached.Options{MaxLoads: 1})
		layertest.MustSet(t, far, "k", 1)
		layertest.MustSet(t, far, "other", 1)
		var refreshing sync.WaitGroup
		refreshing.Go(func() {
			if _, err := f.Refresh(t.Context(), "k"); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		for _, key := range []string{"k", "other"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if err := near.Delete(ctx, key); err != nil {
				t.Fatal(err)
			}
			if got, err := f.Get(ctx, key); got != 1 || err != nil {
				t.Errorf("Get(%s) = %d, %v while the source is slow, want far's value", key, got, err)
			}
			cancel()
		}
		close(goOn)
		refreshing.Wait()
	})
}

// TestFunctionCountsAFarHit checks that a far hit counts neither as a load nor as a call that joined one, and that a
// corrupt value in far is reported once.
func TestFunctionCountsAFarHit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		layertest.MustSet(t, l.far, "k", 1)
		f := cached.Func(l.cache, always, nil)
		stall := l.farStall.Stall(cachetest.On(ctxcache.OpGetLease).First(1))
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				if got, err := f.Get(t.Context(), "k"); got != 1 || err != nil {
					t.Errorf("Get = %d, %v", got, err)
				}
			})
		}
		synctest.Wait()
		stall.Release()
		callers.Wait()
		if n := l.farLog.Count(); n != 1 {
			t.Errorf("far was asked %d times", n)
		}
		stats, err := f.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if stats.Loads != 0 || stats.Joined != 0 {
			t.Errorf("%d loads and %d joined calls", stats.Loads, stats.Joined)
		}
		l.farFault.Fail(ctxcache.ErrCorrupt, cachetest.On(ctxcache.OpGetEntry, ctxcache.OpGet, ctxcache.OpGetLease))
		if _, err := f.Get(t.Context(), "corrupt"); err != nil {
			t.Error(err)
		}
		if stats, err := f.Stats(t.Context()); err != nil || stats.Corrupt != 1 {
			t.Errorf("%d corrupt values were counted, %v", stats.Corrupt, err)
		}
	})
}
