package layers_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

func enveloped[V any](store ctxcache.Cache[string, []byte]) ctxcache.Cache[string, V] {
	return layers.Encoded(store, layers.JSON[V]{}, &layers.EncodedOptions{Envelope: true})
}

// releases returns caches of two releases of a program over one store. The first release caches the names of members,
// and the second one their ages.
func releases() (store ctxcache.Cache[string, []byte], before ctxcache.Cache[string, string], after ctxcache.Cache[string, int]) {
	store = newMemory[[]byte]()
	return store, enveloped[string](store), enveloped[int](store)
}

// fill fills key, on which a lease must be granted.
func fill[V any](t *testing.T, c ctxcache.Cache[string, V], refreshBelow time.Duration, e ctxcache.Entry[V]) {
	t.Helper()
	_, lease, err := ctxcache.GetLease(t.Context(), c, "k", refreshBelow)
	if !lease.Granted() {
		t.Fatalf("GetLease: %v, %v", lease, err)
	}
	if err := ctxcache.Fill(t.Context(), c, "k", lease, e); err != nil {
		t.Fatalf("Fill: %v", err)
	}
}

// wantMiss fails the test unless every way to read key misses.
func wantMiss[V any](t *testing.T, c ctxcache.Cache[string, V], why string) {
	t.Helper()
	for _, way := range layertest.ReadWays[V]() {
		if got, err := way.Read(t.Context(), c, "k"); err != ctxcache.ErrMiss {
			t.Errorf("%s: %s = %v, %v, want a miss", why, way.Name, got, err)
		}
	}
	if was, err := ctxcache.Contains(t.Context(), c, "k"); was || err != nil {
		t.Errorf("%s: Contains = %v, %v", why, was, err)
	}
}

func TestEnvelopeKeepsMetaWhicheverWay(t *testing.T) {
	written := time.Date(2020, time.January, 2, 3, 4, 5, 6, time.UTC)
	for _, way := range layertest.WriteWays[string]() {
		c := enveloped[string](newMemory[[]byte]())
		e := ctxcache.Entry[string]{Value: "Ada", Meta: ctxcache.Meta{TTL: time.Hour, StaleFor: time.Minute, Written: written}}
		if err := way.Write(t.Context(), c, "k", e); err != nil {
			t.Fatalf("%s: %v", way.Name, err)
		}
		got, err := ctxcache.GetEntry(t.Context(), c, "k")
		if err != nil || got.Value != e.Value || got.StaleFor != time.Minute || !got.Written.Equal(written) {
			t.Errorf("%s: GetEntry = %+v, %v", way.Name, got, err)
		}
	}
}

// TestEnvelopeOtherShapeIsAMiss checks every way to read, and the counter.
func TestEnvelopeOtherShapeIsAMiss(t *testing.T) {
	store, before, after := releases()
	layertest.MustSet(t, before, "k", "Ada")
	wantMiss(t, after, "the other release's value")
	if stats, err := ctxcache.GetStats(t.Context(), after); err != nil || stats.OtherShape != 4 {
		t.Errorf("Stats = %+v, %v, want 4 of another shape: by Get, GetEntry, GetEntries and Contains", stats, err)
	} else if !strings.Contains(stats.String(), "other shape") {
		t.Errorf("the table does not show it:\n%v", stats)
	}
	layertest.WantValue(t, before, "k", "Ada")
	layertest.MustSet(t, store, "k", []byte(`36`))
	wantMiss(t, after, "bytes without an envelope")
}

// TestEnvelopeBothReleasesHit checks that a Fill after a miss by the shape keeps the other release's value, by Fill and
// by FillMany.
func TestEnvelopeBothReleasesHit(t *testing.T) {
	for _, many := range []bool{false, true} {
		_, before, after := releases()
		layertest.MustSet(t, before, "k", "Ada")
		if many {
			_, leases, err := ctxcache.GetLeases(t.Context(), after, []string{"k"}, 0)
			if err != nil || !leases["k"].Granted() {
				t.Fatalf("GetLeases: %v, %v", leases, err)
			}
			entries := map[string]ctxcache.Entry[int]{"k": ctxcache.NewEntry(36, time.Hour)}
			if err := ctxcache.FillMany(t.Context(), after, entries, leases); err != nil {
				t.Fatal(err)
			}
		} else {
			fill(t, after, 0, ctxcache.NewEntry(36, time.Hour))
		}
		layertest.WantValue(t, before, "k", "Ada")
		layertest.WantValue(t, after, "k", 36)
	}
}

// TestEnvelopeWritesReachBothReleases checks that no value of either release survives a write that replaces.
func TestEnvelopeWritesReachBothReleases(t *testing.T) {
	for _, way := range writesOver[int]() {
		_, before, after := releases()
		layertest.MustSet(t, before, "k", "Ada")
		fill(t, after, 0, ctxcache.NewEntry(36, time.Hour))
		if err := way.Write(t.Context(), after, "k", ctxcache.NewEntry(53, time.Hour)); err != nil {
			t.Fatal(err)
		}
		wantMiss(t, before, way.Name)
		layertest.WantValue(t, after, "k", 53)
	}
	for name, write := range map[string]func(c ctxcache.Cache[string, int]) error{
		"Delete": func(c ctxcache.Cache[string, int]) error { return c.Delete(t.Context(), "k") },
		"DeleteMany": func(c ctxcache.Cache[string, int]) error {
			return ctxcache.DeleteMany(t.Context(), c, []string{"k"})
		},
		"Clear": func(c ctxcache.Cache[string, int]) error { return ctxcache.Clear(t.Context(), c) },
		"a refresh": func(c ctxcache.Cache[string, int]) error {
			fill(t, c, ctxcache.NoExpiry, ctxcache.NewEntry(53, time.Hour))
			return nil
		},
	} {
		_, before, after := releases()
		layertest.MustSet(t, before, "k", "Ada")
		fill(t, after, 0, ctxcache.NewEntry(36, time.Hour))
		if err := write(after); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantMiss(t, before, name)
	}
}

// TestEnvelopeRefreshOfAnotherShapeReplacesIt checks that a refresh keeps nothing, even if its own shape was missing.
func TestEnvelopeRefreshOfAnotherShapeReplacesIt(t *testing.T) {
	_, before, after := releases()
	layertest.MustSet(t, before, "k", "Ada")
	fill(t, after, ctxcache.NoExpiry, ctxcache.NewEntry(53, time.Hour))
	wantMiss(t, before, "after the other release's refresh")
}

// TestEnvelopeLeaseEndsIfTheOtherReleaseWrites checks that a Fill does not bring back a value that was deleted
// meanwhile.
func TestEnvelopeLeaseEndsIfTheOtherReleaseWrites(t *testing.T) {
	_, before, after := releases()
	layertest.MustSet(t, before, "k", "Ada")
	_, lease, err := ctxcache.GetLease(t.Context(), after, "k", 0)
	if err != ctxcache.ErrMiss || !lease.Granted() {
		t.Fatalf("GetLease: %v, %v", lease, err)
	}
	if err := before.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if err := ctxcache.Fill(t.Context(), after, "k", lease, ctxcache.NewEntry(36, time.Hour)); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill = %v, want ErrLeaseLost", err)
	}
	wantMiss(t, before, "deleted")
}

// TestEnvelopeKeptValueHasItsOwnLife checks that the new life of the stored entry does not prolong the other value.
func TestEnvelopeKeptValueHasItsOwnLife(t *testing.T) {
	for name, ttl := range map[string]time.Duration{"a TTL": 10 * time.Minute, "the store's default": 0} {
		synctest.Test(t, func(t *testing.T) {
			store := memory.New(&memory.Options[string, []byte]{TTL: 10 * time.Minute, MaxEntries: 10})
			before, after := enveloped[string](store), enveloped[int](store)
			if err := before.Set(t.Context(), "k", "Ada", ttl); err != nil {
				t.Fatal(err)
			}
			time.Sleep(9 * time.Minute)
			fill(t, after, 0, ctxcache.NewEntry(36, time.Hour))
			e, err := ctxcache.GetEntry(t.Context(), before, "k")
			if err != nil || e.TTL != time.Minute {
				t.Errorf("%s: GetEntry = %+v, %v, want a minute", name, e, err)
			}
			time.Sleep(time.Minute)
			wantMiss(t, before, name)
			layertest.WantValue(t, after, "k", 36)
		})
	}
}

// TestEnvelopeKeptValueAgesDuringTheLoad checks that the time between GetLease and Fill does not prolong the other value,
// and that one which has expired meanwhile does not come back.
func TestEnvelopeKeptValueAgesDuringTheLoad(t *testing.T) {
	for _, many := range []bool{false, true} {
		for took, left := range map[time.Duration]time.Duration{30 * time.Second: 30 * time.Second, 2 * time.Minute: 0} {
			synctest.Test(t, func(t *testing.T) {
				store := memory.New(&memory.Options[string, []byte]{TTL: 10 * time.Minute, MaxEntries: 10, LeaseTTL: time.Hour})
				before, after := enveloped[string](store), enveloped[int](store)
				if err := before.Set(t.Context(), "k", "Ada", 0); err != nil {
					t.Fatal(err)
				}
				time.Sleep(9 * time.Minute)
				fillAfter(t, after, took, many)
				if left > 0 {
					if e, err := ctxcache.GetEntry(t.Context(), before, "k"); err != nil || e.TTL != left {
						t.Errorf("many %v: GetEntry = %+v, %v, want %v", many, e, err, left)
					}
				}
				time.Sleep(left)
				wantMiss(t, before, "its end")
				layertest.WantValue(t, after, "k", 36)
			})
		}
	}
}

// fillAfter stores a value by a load that takes this long.
func fillAfter(t *testing.T, c ctxcache.Cache[string, int], took time.Duration, many bool) {
	t.Helper()
	e := ctxcache.NewEntry(36, time.Hour)
	if !many {
		_, lease, err := ctxcache.GetLease(t.Context(), c, "k", 0)
		if err != ctxcache.ErrMiss {
			t.Fatal(err)
		}
		time.Sleep(took)
		if err := ctxcache.Fill(t.Context(), c, "k", lease, e); err != nil {
			t.Fatal(err)
		}
		return
	}
	_, leases, err := ctxcache.GetLeases(t.Context(), c, []string{"k"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(took)
	if err := ctxcache.FillMany(t.Context(), c, map[string]ctxcache.Entry[int]{"k": e}, leases); err != nil {
		t.Fatal(err)
	}
}

// blind is a store that neither knows remaining lives nor ends them.
type blind struct{ ctxcache.Cache[string, []byte] }

func (b blind) Set(ctx context.Context, key string, value []byte, _ time.Duration) error {
	return b.Cache.Set(ctx, key, value, ctxcache.NoExpiry)
}

// TestEnvelopeLifeOfCenturies checks that lives which end after the year 2262 do not overflow.
func TestEnvelopeLifeOfCenturies(t *testing.T) {
	c := enveloped[string](blind{newMemory[[]byte]()})
	for _, ttl := range []time.Duration{ctxcache.NoExpiry - 1, ctxcache.NoExpiry / 2} {
		if err := c.Set(t.Context(), "k", "Ada", ttl); err != nil {
			t.Fatal(err)
		}
		if e, err := ctxcache.GetEntry(t.Context(), c, "k"); err != nil || e.TTL < 100*365*24*time.Hour || e.TTL > ttl {
			t.Errorf("with a TTL of %v: %+v, %v", ttl, e, err)
		}
	}
}

// TestEnvelopeKnowsTheLifeOverABlindStore checks the remaining life, and that it decides what is due.
func TestEnvelopeKnowsTheLifeOverABlindStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := enveloped[string](blind{newMemory[[]byte]()})
		for ttl, want := range map[time.Duration]time.Duration{
			time.Hour: time.Hour - time.Minute, time.Minute: time.Millisecond, // the store has it, so it lives
			ctxcache.NoExpiry: ctxcache.NoExpiry, 0: ctxcache.Unknown,
		} {
			if err := c.Set(t.Context(), "k", "Ada", ttl); err != nil {
				t.Fatal(err)
			}
			written := time.Now()
			time.Sleep(time.Minute)
			e, err := ctxcache.GetEntry(t.Context(), c, "k")
			if err != nil || e.TTL != want || !e.Written.Equal(written) {
				t.Errorf("with a TTL of %v: %+v, %v, want %v", ttl, e, err, want)
			}
		}
	})
}
