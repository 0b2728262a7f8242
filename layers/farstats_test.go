package layers_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// A Get of a cached function that near cannot answer asks far for a lease, and for nothing else. Far counts that as a read,
// and near counts its own read once.
func TestStatsOfFarUnderAFunction(t *testing.T) {
	for name, wrap := range map[string]func(*twolevel.Cache[string, string]) ctxcache.Cache[string, string]{
		"two levels": func(c *twolevel.Cache[string, string]) ctxcache.Cache[string, string] { return c },
		"hidden":     func(c *twolevel.Cache[string, string]) ctxcache.Cache[string, string] { return layers.Stats(c, "all") },
		"three levels": func(c *twolevel.Cache[string, string]) ctxcache.Cache[string, string] {
			return twolevel.New(memory.New[string, string](nil), c, nil)
		},
	} {
		for _, bulk := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, bulk %v", name, bulk), func(t *testing.T) {
				near, store := memory.New[string, string](nil), memory.New[string, string](nil)
				nearStats, far := layers.Stats(near, "near"), layers.Stats(store, "far")
				users := functionOver(t, wrap(twolevel.New(nearStats, far, nil)), bulk)
				for _, key := range []string{"hit", "hit too"} { // written by another process
					if err := store.Set(t.Context(), key, "v", time.Hour); err != nil {
						t.Fatal(err)
					}
				}
				for _, key := range []string{"hit", "hit too", "miss"} {
					if _, err := users.Get(t.Context(), key); err != nil {
						t.Fatal(err)
					}
				}
				for name, c := range map[string]ctxcache.Cache[string, string]{"far": far, "far's store": store} {
					if s := mustStats(t, c); s.Reads != 3 || s.Hits != 2 || s.Misses != 1 {
						t.Errorf("%s: %d reads, %d hits, %d misses", name, s.Reads, s.Hits, s.Misses)
					}
				}
				for name, c := range map[string]ctxcache.Cache[string, string]{"near": nearStats, "near's store": near} {
					if s := mustStats(t, c); s.Reads != 3 || s.Hits != 0 || s.Misses != 3 {
						t.Errorf("%s: %d reads, %d hits, %d misses", name, s.Reads, s.Hits, s.Misses)
					}
				}
			})
		}
	}
}

// functionOver returns a function over c, made by Func or by Bulk.
func functionOver(t *testing.T, c ctxcache.Cache[string, string], bulk bool) (f *cached.Function[string, string]) {
	t.Helper()
	opts := &cached.Options{TTL: time.Hour}
	if bulk {
		f = cached.Bulk(c, func(_ context.Context, keys []string) (map[string]string, error) {
			values := make(map[string]string)
			for _, key := range keys {
				values[key] = "loaded"
			}
			return values, nil
		}, opts)
	} else {
		f = cached.Func(c, func(context.Context, string) (string, error) { return "loaded", nil }, opts)
	}
	t.Cleanup(func() {
		if err := f.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return f
}

func mustStats(t *testing.T, c ctxcache.Cache[string, string]) ctxcache.Stats {
	t.Helper()
	s, err := ctxcache.GetStats(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A far that has another release's value counts that under a function, too.
func TestOtherShapeOfFarUnderAFunction(t *testing.T) {
	store := memory.New[string, []byte](nil)
	before := layers.Encoded(store, layers.JSON[int]{}, &layers.EncodedOptions{Envelope: true})
	if err := before.Set(t.Context(), "k", 1, time.Hour); err != nil {
		t.Fatal(err)
	}
	far := layers.Encoded(store, layers.JSON[string]{}, &layers.EncodedOptions{Envelope: true})
	users := functionOver(t, twolevel.New(memory.New[string, string](nil), far, nil), false)
	if _, err := users.Get(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if s := mustStats(t, far); s.OtherShape != 1 {
		t.Errorf("OtherShape is %d", s.OtherShape)
	}
}
