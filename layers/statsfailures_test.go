package layers_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// useAll makes five reads and one test, and ten failures in all: each key of a call for many counts once. Each call gets
// a context of its own.
func useAll(ctx func() context.Context, c ctxcache.Cache[string, string]) error {
	_, get := c.Get(ctx(), "a")
	_, getEntry := ctxcache.GetEntry(ctx(), c, "a")
	_, getMany := ctxcache.GetMany(ctx(), c, []string{"a", "b", "b", "c"})
	_, contains := ctxcache.Contains(ctx(), c, "a")
	_, size := ctxcache.Len(ctx(), c)
	set, del, wipe := c.Set(ctx(), "a", "", 0), c.Delete(ctx(), "a"), ctxcache.Clear(ctx(), c)
	return errors.Join(get, getEntry, getMany, contains, size, set, del, wipe)
}

// always returns a function that returns ctx.
func always(ctx context.Context) func() context.Context { return func() context.Context { return ctx } }

func TestStatsCountsFailures(t *testing.T) {
	counted := layers.Stats[string, string](outage{}, "test")
	if err := useAll(t.Context, counted); !errors.Is(err, errOutage) {
		t.Errorf("calls: %v, want the outage", err)
	}
	wantCounts(t, "outage", counted, ctxcache.Stats{Reads: 5, Tests: 1, Errors: 10})
}

func TestStatsCountsAMissedDeadlineButNoCancellation(t *testing.T) {
	counted := layers.Stats[string, string](outage{}, "test")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := useAll(always(cancelled), counted); !errors.Is(err, context.Canceled) {
		t.Errorf("calls: %v, want cancelled ones", err)
	}
	wantCounts(t, "cancelled", counted, ctxcache.Stats{Reads: 5, Tests: 1})

	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if err := ctxcache.Watch(late, counted, func(ctxcache.Event) {}); err != context.DeadlineExceeded {
		t.Errorf("Watch: %v", err)
	}
	wantCounts(t, "a Watch that ends with its context", counted, ctxcache.Stats{Reads: 5, Tests: 1})

	synctest.Test(t, func(t *testing.T) {
		slow := cachetest.Hooked[string, string](outage{}, cachetest.Hook[string]{
			Before: func(ctx context.Context, _ cachetest.Call[string]) error { <-ctx.Done(); return nil },
		})
		counted := layers.Stats(slow, "test")
		soon := func() context.Context {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			t.Cleanup(cancel)
			return ctx
		}
		if err := useAll(soon, counted); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("calls: %v, want late ones", err)
		}
		wantCounts(t, "late", counted, ctxcache.Stats{Reads: 5, Tests: 1, Errors: 10})
	})
}

// TestStatsCountsNoFailureOfACallThatCouldNotBegin checks that a deadline that has passed before the call does not count:
// the cache was not too slow. A failure for another reason counts, whatever the context.
func TestStatsCountsNoFailureOfACallThatCouldNotBegin(t *testing.T) {
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	counted := layers.Stats[string, string](outage{}, "test")
	if err := useAll(always(late), counted); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("calls: %v, want late ones", err)
	}
	wantCounts(t, "late from the beginning", counted, ctxcache.Stats{Reads: 5, Tests: 1})

	careless, faults := cachetest.Failing(newMemory[string]())
	faults.Fail(errOutage, cachetest.On())
	counted = layers.Stats(careless, "test")
	if _, err := counted.Get(late, "a"); !errors.Is(err, errOutage) {
		t.Errorf("Get: %v, want the outage", err)
	}
	if err := counted.Delete(late, "a"); !errors.Is(err, errOutage) {
		t.Errorf("Delete: %v, want the outage", err)
	}
	got, _ := ctxcache.GetStats(t.Context(), counted)
	if got.Reads != 1 || got.Errors != 2 {
		t.Errorf("outages count as %+v, want two errors", got)
	}
}

func TestStatsCountsNoFailureWhereThereIsNone(t *testing.T) {
	bare := layers.Stats[string, string](outage{}, "test") // lacks most capabilities
	if _, err := ctxcache.Remove(t.Context(), bare, "a"); !errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("Remove: %v", err)
	}
	if _, _, err := ctxcache.GetLease(t.Context(), bare, "a", 0); !errors.Is(err, errors.ErrUnsupported) {
		t.Fatalf("GetLease: %v", err)
	}
	wantCounts(t, "unsupported", bare, ctxcache.Stats{})

	counted := layers.Stats(newMemory[string](), "test")
	_, lease, err := ctxcache.GetLease(t.Context(), counted, "a", 0)
	if err != ctxcache.ErrMiss {
		t.Fatalf("GetLease: %v", err)
	}
	layertest.MustSet(t, counted, "a", "")
	if err := ctxcache.Fill(t.Context(), counted, "a", lease, ctxcache.Entry[string]{}); err != ctxcache.ErrLeaseLost {
		t.Fatalf("Fill: %v", err)
	}
	wantCounts(t, "a lost lease", counted, ctxcache.Stats{Writes: 1, FillsLost: 1})
}

func TestStatsCountsKeysThatFailAmongMany(t *testing.T) {
	store := newMemory[[]byte]()
	texts := layers.Stats(layers.Encoded(store, refusing{}, nil), "test")
	layertest.MustSet(t, texts, "good", "1")
	layertest.MustSet(t, store, "corrupt", []byte("{"))
	if _, err := ctxcache.GetMany(t.Context(), texts, []string{"good", "corrupt", "absent"}); err == nil {
		t.Fatal("GetMany: no error")
	}
	wantCounts(t, "GetMany", texts, ctxcache.Stats{Reads: 3, Hits: 1, Misses: 1, Errors: 1, Corrupt: 1, Writes: 1})
}

func TestStatsCountsEachKeyOfFillMany(t *testing.T) {
	texts := layers.Stats(layers.Encoded(newMemory[[]byte](), refusing{}, nil), "test")
	ctx := t.Context()
	_, leases, err := ctxcache.GetLeases(ctx, texts, []string{"good", "better", "lost", "nan"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	layertest.MustSet(t, texts, "lost", "1")
	entries := map[string]ctxcache.Entry[string]{
		"good":   ctxcache.NewEntry("1", time.Hour),
		"better": {Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}},
		"lost":   ctxcache.NewEntry("1", time.Hour),
		"nan":    ctxcache.NewEntry("NaN", time.Hour),
		"none":   ctxcache.NewEntry("1", time.Hour), // no lease
	}
	if err := ctxcache.FillMany(ctx, texts, entries, leases); ctxcache.KeyError(err, "lost") != ctxcache.ErrLeaseLost {
		t.Fatalf("FillMany: %v, want a lost lease", err)
	}
	wantCounts(t, "one set, two of five filled, one that failed", texts, ctxcache.Stats{Writes: 3, Errors: 1, FillsLost: 2})
}

func TestStatsCountsOnlyFailuresOfAnEndedLease(t *testing.T) {
	ctx := t.Context()
	endAll := func(c ctxcache.Cache[string, string]) error {
		_, leases, err := ctxcache.GetLeases(ctx, c, []string{"a", "b", "c"}, 0)
		return errors.Join(err,
			ctxcache.Release(ctx, c, "a", leases["a"]), ctxcache.Drop(ctx, c, "b", leases["b"]),
			ctxcache.ReleaseMany(ctx, c, map[string]ctxcache.Lease{"c": leases["c"]}))
	}
	counted := layers.Stats(newMemory[string](), "test")
	if err := endAll(counted); err != nil {
		t.Fatal(err)
	}
	wantCounts(t, "leases ended", counted, ctxcache.Stats{})

	failing := layers.Stats(broken(), "test")
	if err := endAll(failing); !errors.Is(err, errOutage) {
		t.Errorf("calls: %v, want the outage", err)
	}
	got, err := ctxcache.GetStats(ctx, failing)
	if !errors.Is(err, errOutage) || got.Errors != 4 || got.Writes+got.Deletes+got.Reads != 0 {
		t.Errorf("Stats = %+v, %v; want four errors and nothing else", got, err)
	}
}

func TestStatsCountsAKeyOnceIfTheCallFails(t *testing.T) {
	counted := layers.Stats(newMemory[string](), "test")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ctxcache.GetEntries(ctx, counted, []string{"a", "b", "b"}); err != context.Canceled {
		t.Fatalf("GetEntries: %v", err)
	}
	wantCounts(t, "a cancelled call", counted, ctxcache.Stats{Reads: 2})
}
