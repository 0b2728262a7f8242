package layers_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// wantCounts fails the test unless the counts of c equal want. It does not compare the name, the entries and the
// children.
func wantCounts[V any](t *testing.T, what string, c ctxcache.Cache[string, V], want ctxcache.Stats) {
	t.Helper()
	got, err := ctxcache.GetStats(t.Context(), c)
	if err != nil {
		t.Fatalf("%s: Stats: %v", what, err)
	}
	got.Name, got.Entries, got.Children = "", 0, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: counted %+v, want %+v", what, got, want)
	}
}

func TestStatsCountsReadsWhicheverWay(t *testing.T) {
	for _, read := range layertest.ReadWays[string]() {
		counted := layers.Stats(newMemory[string](), "test")
		layertest.MustSet(t, counted, "hit", "value")
		negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
		if err := ctxcache.SetEntry(t.Context(), counted, "negative", negative); err != nil {
			t.Fatal(err)
		}
		for key, want := range map[string]error{"hit": nil, "miss": ctxcache.ErrMiss, "negative": ctxcache.ErrNotFound} {
			if _, err := read.Read(t.Context(), counted, key); err != want {
				t.Fatalf("%s(%s): %v, want %v", read.Name, key, err, want)
			}
		}
		want := ctxcache.Stats{Reads: 3, Hits: 1, Negatives: 1, Misses: 1, Writes: 2}
		if strings.HasPrefix(read.Name, "GetLease") { // a read before it has been counted
			want = ctxcache.Stats{Writes: 2}
		}
		wantCounts(t, read.Name, counted, want)
	}
}

func TestStatsCountsWritesWhicheverWay(t *testing.T) {
	for _, write := range layertest.SetWays[string]() {
		counted := layers.Stats(newMemory[string](), "test")
		if err := write.Write(t.Context(), counted, "key", ctxcache.Entry[string]{Meta: ctxcache.Meta{TTL: time.Hour}}); err != nil {
			t.Fatalf("%s: %v", write.Name, err)
		}
		stats, err := ctxcache.GetStats(t.Context(), counted)
		if err != nil || stats.Writes != 1 || stats.Errors != 0 {
			t.Errorf("%s: %d writes, %d errors, %v; want one write", write.Name, stats.Writes, stats.Errors, err)
		}
	}
}

func TestStatsCountsEachKeyOfManyOnce(t *testing.T) {
	counted := layers.Stats(newMemory[string](), "test")
	if err := ctxcache.SetMany(t.Context(), counted, map[string]string{"a": "", "b": "", "c": ""}, 0); err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]string{{"a", "b", "x"}, {"a", "a", "x", "x", "y"}, {"c"}, {}} {
		if _, err := ctxcache.GetMany(t.Context(), counted, keys); err != nil {
			t.Fatal(err)
		}
	}
	if err := ctxcache.DeleteMany(t.Context(), counted, []string{"a", "a", "x"}); err != nil {
		t.Fatal(err)
	}
	wantCounts(t, "many", counted, ctxcache.Stats{Reads: 7, Hits: 4, Misses: 3, Writes: 3, Deletes: 2})
}

func TestStatsCountsTestsAndDeletes(t *testing.T) {
	counted := layers.Stats(newMemory[string](), "test")
	if _, err := ctxcache.Contains(t.Context(), counted, "absent"); err != nil {
		t.Fatal(err)
	}
	if _, err := ctxcache.Remove(t.Context(), counted, "absent"); err != nil {
		t.Fatal(err)
	}
	if err := counted.Delete(t.Context(), "absent"); err != nil {
		t.Fatal(err)
	}
	wantCounts(t, "absent", counted, ctxcache.Stats{Tests: 1, Deletes: 2})
}

func TestStatsIsATree(t *testing.T) {
	store := layers.Stats(newMemory[string](), "inner")
	counted := layers.Stats(layers.Prefixed(store, "p:"), "outer")
	layertest.MustSet(t, counted, "a", "")
	layertest.MustSet(t, store, "other", "")
	tree, err := ctxcache.GetStats(t.Context(), counted)
	if err != nil {
		t.Fatal(err)
	}
	if tree.Name != "outer" || tree.Writes != 1 || len(tree.Children) != 1 || tree.Entries != 2 {
		t.Errorf("the tree is\n%v\nwant one child, 1 write, 2 entries", tree)
	} else if inner := tree.Children[0]; inner.Name != "inner" || inner.Writes != 2 || len(inner.Children) != 1 {
		t.Errorf("the tree is\n%v\nwant 2 inner writes, and the store below", tree)
	}

	leaf, err := ctxcache.GetStats(t.Context(), layers.Stats[string, string](outage{}, "leaf"))
	if err != nil || leaf.Entries != -1 || leaf.Children != nil {
		t.Errorf("without statistics below: %+v, %v; want no child and unknown entries", leaf, err)
	}
}

// muted is a cache whose Stats fails.
type muted struct {
	ctxcache.Forward[string, string]
}

func (*muted) Stats(context.Context) (ctxcache.Stats, error) { return ctxcache.Stats{}, errOutage }

func TestStatsTellsItsOwnBesideAnError(t *testing.T) {
	counted := layers.Stats[string, string](&muted{ctxcache.NewForward(newMemory[string](), ctxcache.Description{Kind: "muted"})}, "test")
	layertest.MustSet(t, counted, "a", "")
	stats, err := ctxcache.GetStats(t.Context(), counted)
	if err != errOutage || stats.Writes != 1 || stats.Entries != -1 {
		t.Errorf("Stats = %+v, %v; want one write, and the error from below", stats, err)
	}
}

func TestStatsLosesNoCount(t *testing.T) {
	counted := layers.Stats(newMemory[string](), "test")
	layertest.MustSet(t, counted, "hit", "")
	const goroutines, each = 32, 500
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range each {
				if _, err := counted.Get(t.Context(), "hit"); err != nil {
					t.Errorf("Get: %v", err)
				}
				if _, err := counted.Get(t.Context(), "miss"); err != ctxcache.ErrMiss {
					t.Errorf("Get: %v", err)
				}
			}
		})
	}
	wg.Wait()
	n := uint64(goroutines * each)
	wantCounts(t, "concurrent reads", counted, ctxcache.Stats{Reads: 2 * n, Hits: n, Misses: n, Writes: 1})
}

func TestStatsHitDoesNotAllocate(t *testing.T) {
	counted := layers.Stats(newMemory[string](), "test")
	layertest.MustSet(t, counted, "hit", "")
	background := t.Context()
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := counted.Get(background, "hit"); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("a hit allocates %v times, want none", allocs)
	}
}

func BenchmarkStatsHit(b *testing.B) {
	store := memory.New[string, string](nil)
	for name, c := range map[string]ctxcache.Cache[string, string]{"bare": store, "stats": layers.Stats(store, "bench")} {
		b.Run(name, func(b *testing.B) {
			ctx := b.Context()
			if err := c.Set(ctx, "hit", "", 0); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Get(ctx, "hit"); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"-parallel", func(b *testing.B) {
			ctx := b.Context()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := c.Get(ctx, "hit"); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func TestStatsReset(t *testing.T) {
	store := newMemory[int]()
	c := layers.Stats(store, "test")
	layertest.MustSet(t, c, "key", 1)
	layertest.WantValue(t, c, "key", 1)
	if err := layers.ResetStats(c); err != nil {
		t.Fatal(err)
	}
	layertest.WantValue(t, c, "key", 1)
	stats, err := ctxcache.GetStats(t.Context(), c)
	if err != nil || stats.Writes != 0 || stats.Hits != 1 || stats.Reads != 1 || stats.Children[0].Writes != 1 {
		t.Errorf("after a reset and a hit: %+v, %v", stats, err)
	}
	if err := layers.ResetStats(store); err != errors.ErrUnsupported {
		t.Errorf("reset of a store: %v, want ErrUnsupported", err)
	}
}
