package layers_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// TestStatsCountsDamage checks that each read of a damaged value counts, and that GetLease does not: a read comes before
// it.
func TestStatsCountsDamage(t *testing.T) {
	for _, way := range layertest.ReadWays[int]() {
		store := newMemory[[]byte]()
		layertest.MustSet(t, store, "k", []byte("{"))
		counted := layers.Stats(layers.Encoded(store, layers.JSON[int]{}, nil), "test")
		if _, err := way.Read(t.Context(), counted, "k"); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("%s: %v", way.Name, err)
		}
		want := ctxcache.Stats{Reads: 1, Corrupt: 1, Errors: 1}
		if way.Name == "GetLease" || way.Name == "GetLeases" {
			want = ctxcache.Stats{Errors: 1}
		}
		wantCounts(t, way.Name, counted, want)
	}
	damaged, faults := cachetest.Failing(newMemory[string]())
	counted := layers.Stats(damaged, "test")
	faults.Fail(ctxcache.ErrCorrupt, cachetest.On(ctxcache.OpContains))
	if _, err := ctxcache.Contains(t.Context(), counted, "k"); !errors.Is(err, ctxcache.ErrCorrupt) {
		t.Errorf("Contains: %v", err)
	}
	wantCounts(t, "Contains", counted, ctxcache.Stats{Tests: 1, Corrupt: 1, Errors: 1})
}

// TestStatsCountsLostFills checks that fills whose leases were lost are counted, one by one and many.
func TestStatsCountsLostFills(t *testing.T) {
	ctx := t.Context()
	entry := ctxcache.NewEntry("new", time.Hour)
	counted := layers.Stats(newMemory[string](), "test")
	_, leases, err := ctxcache.GetLeases(ctx, counted, []string{"a", "b", "c"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := ctxcache.DeleteMany(ctx, counted, []string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if err := ctxcache.Fill(ctx, counted, "a", leases["a"], entry); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill: %v", err)
	}
	if err := ctxcache.Release(ctx, counted, "a", leases["a"]); err != ctxcache.ErrLeaseLost {
		t.Errorf("Release: %v", err)
	}
	err = ctxcache.FillMany(ctx, counted, map[string]ctxcache.Entry[string]{"b": entry, "c": entry}, leases)
	if ctxcache.KeyError(err, "b") != ctxcache.ErrLeaseLost || ctxcache.KeyError(err, "c") != nil {
		t.Errorf("FillMany: %v", err)
	}
	wantCounts(t, "fills", counted, ctxcache.Stats{Writes: 1, Deletes: 2, FillsLost: 2})
	if err := ctxcache.FillMany(ctx, counted, nil, nil); err != nil {
		t.Errorf("FillMany of nothing: %v", err)
	}
	wantCounts(t, "and nothing", counted, ctxcache.Stats{Writes: 1, Deletes: 2, FillsLost: 2})
	if err := layers.ResetStats(counted); err != nil {
		t.Fatal(err)
	}
	wantCounts(t, "after a reset", counted, ctxcache.Stats{})
}

// TestStatsCountsTimeouts checks that a call for many keys that was not answered in time is one such call.
func TestStatsCountsTimeouts(t *testing.T) {
	hung, faults := cachetest.Failing(newMemory[string]())
	faults.Fail(ctxcache.ErrTimeout, cachetest.On(ctxcache.OpGet, ctxcache.OpGetEntries, ctxcache.OpSet))
	counted := layers.Stats(hung, "test")
	_, get := counted.Get(t.Context(), "a")
	_, getMany := ctxcache.GetMany(t.Context(), counted, []string{"a", "b"})
	for what, err := range map[string]error{"Get": get, "GetMany": getMany, "Set": counted.Set(t.Context(), "a", "", 0)} {
		if !errors.Is(err, ctxcache.ErrTimeout) {
			t.Errorf("%s: %v", what, err)
		}
	}
	wantCounts(t, "three calls", counted, ctxcache.Stats{Reads: 3, Timeouts: 3, Errors: 4})
}

// TestStatsAreThereIfNothingElseIs checks that the counts come with the error if the context is done, or if the cache
// below fails, however deep they are.
func TestStatsAreThereIfNothingElseIs(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tc := range map[string]struct {
		ctx  context.Context
		want error
	}{
		"the context is done":   {done, context.Canceled},
		"the cache below fails": {t.Context(), errOutage},
	} {
		below := &muted{ctxcache.NewForward(newMemory[string](), ctxcache.Description{Kind: "muted"})}
		inner := layers.Stats[string, string](below, "inner")
		outer := layers.Stats(layers.Prefixed(layers.Cloned(inner, func(s string) string { return s }), "p:"), "outer")
		layertest.MustSet(t, outer, "a", "")
		got, err := ctxcache.GetStats(tc.ctx, outer)
		if err != tc.want {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
		if got.Name != "outer" || got.Writes != 1 || len(got.Children) != 1 || got.Children[0].Name != "inner" || got.Children[0].Writes != 1 {
			t.Errorf("%s: the tree is\n%v\nwant one write in both", name, got)
		}
	}
}
