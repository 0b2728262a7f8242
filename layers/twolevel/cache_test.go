package twolevel_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// twoLevels is a two-level cache over two recorded memory caches, and the means to make each of them fail or stall.
type twoLevels struct {
	cache               intCache
	near, far           intCache // the memory caches themselves, under the recorders and injectors
	nearLog, farLog     *cachetest.Log[string]
	nearFault           *cachetest.Faults
	farFault            *cachetest.Faults
	nearStall, farStall *cachetest.Stalls[string]
}

func newTwoLevels(opts *twolevel.Options) *twoLevels {
	l := &twoLevels{near: newNear(), far: newNear()}
	near, far := l.near, l.far
	near, l.nearFault = cachetest.Failing(near)
	far, l.farFault = cachetest.Failing(far)
	near, l.nearStall = cachetest.Stalling(near)
	far, l.farStall = cachetest.Stalling(far)
	near, l.nearLog = cachetest.Recording(near)
	far, l.farLog = cachetest.Recording(far)
	l.cache = twolevel.New(near, far, opts)
	return l
}

// wantClose closes the cache and wants no error.
func wantClose[K comparable, V any](t *testing.T, c ctxcache.Cache[K, V]) {
	t.Helper()
	if err := ctxcache.Close(c); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// wantMiss fails the test unless key is absent.
func wantMiss[K comparable, V any](t *testing.T, c ctxcache.Cache[K, V], key K) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != ctxcache.ErrMiss {
		t.Errorf("Get(%v) = %v, %v, want a miss", key, got, err)
	}
}

// wantTTL fails the test unless GetEntry of key reports the remaining TTL want.
func wantTTL[K comparable, V any](t *testing.T, c ctxcache.Cache[K, V], key K, want time.Duration) {
	t.Helper()
	if e, err := ctxcache.GetEntry(t.Context(), c, key); err != nil || e.TTL != want {
		t.Errorf("GetEntry(%v) reports %v, %v, want %v", key, e.TTL, err, want)
	}
}

// bare is a cache with the three methods of Cache only.
type bare struct{ inner intCache }

func (c bare) Get(ctx context.Context, key string) (int, error) { return c.inner.Get(ctx, key) }
func (c bare) Delete(ctx context.Context, key string) error     { return c.inner.Delete(ctx, key) }
func (c bare) Set(ctx context.Context, key string, value int, ttl time.Duration) error {
	return c.inner.Set(ctx, key, value, ttl)
}

func TestNearHitDoesNotAskFar(t *testing.T) {
	l := newTwoLevels(nil)
	layertest.MustSet(t, l.cache, "k", 1)
	l.farLog.Reset()
	for _, way := range layertest.ReadWays[int]() {
		if got, err := way.Read(t.Context(), l.cache, "k"); err != nil || got != 1 {
			t.Errorf("%s = %v, %v, want 1", way.Name, got, err)
		}
	}
	if has, err := ctxcache.Contains(t.Context(), l.cache, "k"); err != nil || !has {
		t.Errorf("Contains = %v, %v", has, err)
	}
	if records := l.farLog.Records(); len(records) > 0 {
		t.Errorf("far was asked: %v", records)
	}
}

func TestFarHitFillsNear(t *testing.T) {
	for _, way := range layertest.ReadWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newTwoLevels(&twolevel.Options{NearTTL: time.Minute})
				layertest.MustSet(t, l.far, "k", 1) // for an hour
				time.Sleep(time.Second)
				if got, err := way.Read(t.Context(), l.cache, "k"); err != nil || got != 1 {
					t.Fatalf("%s = %v, %v, want 1", way.Name, got, err)
				}
				layertest.WantValue(t, l.near, "k", 1)
				time.Sleep(time.Second)
				wantTTL(t, l.cache, "k", time.Hour-2*time.Second) // the value's TTL, from near
				time.Sleep(time.Minute)
				wantMiss(t, l.near, "k")
				layertest.WantValue(t, l.cache, "k", 1)
			})
		})
	}
}

func TestNearCopyNeverOutlivesFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		layertest.MustSet(t, l.far, "k", 1) // for an hour
		answer := l.farStall.Stall(cachetest.On(ctxcache.OpGetEntry).Answers())
		go func() {
			time.Sleep(30 * time.Second)
			answer.Release()
		}()
		layertest.WantValue(t, l.cache, "k", 1)
		wantTTL(t, l.near, "k", time.Hour-30*time.Second)
	})
}

// TestNearTTLCountsFromTheQuestion checks that a write by another process is seen NearTTL later, however long far takes
// to answer.
func TestNearTTLCountsFromTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(&twolevel.Options{NearTTL: time.Minute})
		layertest.MustSet(t, l.far, "k", 1)
		answer := l.farStall.Stall(cachetest.On(ctxcache.OpGetEntry).Answers().First(1))
		go func() {
			time.Sleep(50 * time.Second)
			answer.Release()
		}()
		layertest.WantValue(t, l.cache, "k", 1)
		layertest.MustSet(t, l.far, "k", 2) // by another process
		time.Sleep(10 * time.Second)
		layertest.WantValue(t, l.cache, "k", 2)
	})
}

func TestNegativeEntries(t *testing.T) {
	for _, way := range layertest.ReadWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			l := newTwoLevels(nil)
			if err := ctxcache.SetEntry(t.Context(), l.far, "k", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}); err != nil {
				t.Fatal(err)
			}
			for _, from := range []string{"far", "near"} {
				if _, err := way.Read(t.Context(), l.cache, "k"); err != ctxcache.ErrNotFound {
					t.Errorf("%s of a negative entry in %s: %v", way.Name, from, err)
				}
			}
			if n := l.farLog.Count(); n != 1 {
				t.Errorf("far was asked %d times, want once", n)
			}
			if has, err := ctxcache.Contains(t.Context(), l.cache, "k"); has || err != nil {
				t.Errorf("Contains = %v, %v", has, err)
			}
		})
	}
}

func TestFarOfUnknownTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := newNear()
		layertest.MustSet(t, far, "k", 1)

		near := newNear()
		capped := twolevel.New(near, intCache(bare{far}), &twolevel.Options{NearTTL: time.Minute})
		layertest.WantValue(t, capped, "k", 1)
		wantTTL(t, near, "k", time.Minute)
		wantTTL(t, capped, "k", ctxcache.Unknown)

		near = newNear()
		uncapped := twolevel.New(near, intCache(bare{far}), nil)
		layertest.WantValue(t, uncapped, "k", 1)
		wantMiss(t, near, "k") // its TTL is unknown, so near does not keep it
	})
}

// TestNearWithoutLeases checks that a near without leases is never filled, because that is not safe, and that writes
// delete its copies.
func TestNearWithoutLeases(t *testing.T) {
	near, far := newNear(), newNear()
	c := twolevel.New(intCache(bare{near}), far, nil)
	layertest.MustSet(t, near, "k", 0)
	layertest.MustSet(t, c, "k", 1)
	wantMiss(t, near, "k")
	layertest.WantValue(t, c, "k", 1)
	wantMiss(t, near, "k")
	if found, err := ctxcache.GetMany(t.Context(), c, []string{"k"}); err != nil || found["k"] != 1 {
		t.Errorf("GetMany = %v, %v", found, err)
	}
	if _, _, err := ctxcache.GetLease(t.Context(), c, "k", 0); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("GetLease: %v, want ErrUnsupported", err)
	}
}

// TestCorruptNearCopy checks that a corrupt near copy counts as absent, and that the next far read replaces it.
func TestCorruptNearCopy(t *testing.T) {
	for _, way := range layertest.ReadWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			stored := newMemory[[]byte]()
			far := newNear()
			layertest.MustSet(t, far, "k", 1)
			c := twolevel.New(layers.Encoded(stored, layers.JSON[int]{}, nil), far, nil)
			layertest.MustSet(t, stored, "k", []byte("{"))
			if has, err := ctxcache.Contains(t.Context(), c, "k"); err != nil || !has {
				t.Errorf("Contains = %v, %v, want what far says", has, err)
			}
			if got, err := way.Read(t.Context(), c, "k"); err != nil || got != 1 {
				t.Errorf("%s = %v, %v, want 1", way.Name, got, err)
			}
			if healed, err := stored.Get(t.Context(), "k"); err != nil || string(healed) != "1" {
				t.Errorf("near has %q, %v", healed, err)
			}
		})
	}
}

func TestContainsOfACorruptNearCopy(t *testing.T) {
	near, faults := cachetest.Failing(intCache(bare{newNear()}))
	faults.Fail(ctxcache.ErrCorrupt, cachetest.On(ctxcache.OpGet, ctxcache.OpContains))
	far := newNear()
	layertest.MustSet(t, far, "k", 1)
	if has, err := ctxcache.Contains(t.Context(), twolevel.New(near, far, nil), "k"); err != nil || !has {
		t.Errorf("Contains = %v, %v, want what far says", has, err)
	}
}

func TestNearHitDoesNotAllocate(t *testing.T) {
	c := twolevel.New(newNear(), newNear(), nil)
	layertest.MustSet(t, c, "k", 1)
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		if _, err := c.Get(ctx, "k"); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("a near hit allocates %v times", n)
	}
}

func TestInvalidOptions(t *testing.T) {
	opts := &twolevel.Options{NearTTL: -1}
	if err := opts.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Validate: %v", err)
	}
	c := twolevel.New(newNear(), newNear(), opts)
	ctx, entry, lease := t.Context(), ctxcache.NewEntry(1, time.Hour), ctxcache.NewLease("any")
	entries, leases := map[string]ctxcache.Entry[int]{"k": entry}, map[string]ctxcache.Lease{"k": lease}
	_, getErr := c.Get(ctx, "k")
	_, containsErr := ctxcache.Contains(ctx, c, "k")
	_, removeErr := ctxcache.Remove(ctx, c, "k")
	_, getEntryErr := ctxcache.GetEntry(ctx, c, "k")
	_, getEntriesErr := ctxcache.GetEntries(ctx, c, []string{"k"})
	_, _, getLeaseErr := ctxcache.GetLease(ctx, c, "k", 0)
	_, _, getLeasesErr := ctxcache.GetLeases(ctx, c, []string{"k"}, 0)
	_, lenErr := ctxcache.Len(ctx, c)
	_, statsErr := ctxcache.GetStats(ctx, c)
	var keysErr error
	for _, err := range ctxcache.Keys(ctx, c) {
		keysErr = err
	}
	for op, err := range map[ctxcache.Operation]error{
		ctxcache.OpGet: getErr, ctxcache.OpContains: containsErr, ctxcache.OpRemove: removeErr,
		ctxcache.OpGetEntry: getEntryErr, ctxcache.OpGetEntries: getEntriesErr,
		ctxcache.OpGetLease: getLeaseErr, ctxcache.OpGetLeases: getLeasesErr,
		ctxcache.OpLen: lenErr, ctxcache.OpStats: statsErr, ctxcache.OpKeys: keysErr,
		ctxcache.OpSet:         c.Set(ctx, "k", 1, time.Hour),
		ctxcache.OpDelete:      c.Delete(ctx, "k"),
		ctxcache.OpSetEntry:    ctxcache.SetEntry(ctx, c, "k", entry),
		ctxcache.OpSetEntries:  ctxcache.SetEntries(ctx, c, entries),
		ctxcache.OpDeleteMany:  ctxcache.DeleteMany(ctx, c, []string{"k"}),
		ctxcache.OpFill:        ctxcache.Fill(ctx, c, "k", lease, entry),
		ctxcache.OpFillMany:    ctxcache.FillMany(ctx, c, entries, leases),
		ctxcache.OpRelease:     ctxcache.Release(ctx, c, "k", lease),
		ctxcache.OpReleaseMany: ctxcache.ReleaseMany(ctx, c, leases),
		ctxcache.OpDrop:        ctxcache.Drop(ctx, c, "k", lease),
		ctxcache.OpClear:       ctxcache.Clear(ctx, c),
		ctxcache.OpWatch:       ctxcache.Watch(ctx, c, func(ctxcache.Event) {}),
	} {
		if want := fmt.Sprintf("two-level %s: %v", op, opts.Validate()); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", op, err, want)
		}
	}
	if err := c.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}
