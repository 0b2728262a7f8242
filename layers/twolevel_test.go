package layers_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
)

// twoLevels is a two-level cache over two recorded memories, and the way to make each of them fail or stall.
type twoLevels struct {
	cache               intCache
	near, far           intCache // behind all that follows
	nearLog, farLog     *cachetest.Log[string]
	nearFault           *cachetest.Faults
	farFault            *cachetest.Faults
	nearStall, farStall *cachetest.Stalls[string]
}

func newTwoLevels(opts *layers.TwoLevelOptions) *twoLevels {
	l := &twoLevels{near: newNear(), far: newNear()}
	near, far := l.near, l.far
	near, l.nearFault = cachetest.Failing(near)
	far, l.farFault = cachetest.Failing(far)
	near, l.nearStall = cachetest.Stalling(near)
	far, l.farStall = cachetest.Stalling(far)
	near, l.nearLog = cachetest.Recording(near)
	far, l.farLog = cachetest.Recording(far)
	l.cache = layers.TwoLevel(near, far, opts)
	return l
}

// wantMiss fails the test unless key is absent.
func wantMiss[K comparable, V any](t *testing.T, c ctxcache.Cache[K, V], key K) {
	t.Helper()
	if got, err := c.Get(t.Context(), key); err != ctxcache.ErrMiss {
		t.Errorf("Get(%v) = %v, %v, want a miss", key, got, err)
	}
}

// wantTTL fails the test unless key tells this remaining life.
func wantTTL[K comparable, V any](t *testing.T, c ctxcache.Cache[K, V], key K, want time.Duration) {
	t.Helper()
	if e, err := ctxcache.GetEntry(t.Context(), c, key); err != nil || e.TTL != want {
		t.Errorf("GetEntry(%v) tells %v, %v, want %v", key, e.TTL, err, want)
	}
}

// bare is a cache with the three methods only.
type bare struct{ inner intCache }

func (c bare) Get(ctx context.Context, key string) (int, error) { return c.inner.Get(ctx, key) }
func (c bare) Delete(ctx context.Context, key string) error     { return c.inner.Delete(ctx, key) }
func (c bare) Set(ctx context.Context, key string, value int, ttl time.Duration) error {
	return c.inner.Set(ctx, key, value, ttl)
}

func TestTwoLevelNearHitDoesNotAskFar(t *testing.T) {
	l := newTwoLevels(nil)
	mustSet(t, l.cache, "k", 1)
	l.farLog.Reset()
	for _, way := range readWays[int]() {
		if got, err := way.read(t.Context(), l.cache, "k"); err != nil || got != 1 {
			t.Errorf("%s = %v, %v, want 1", way.name, got, err)
		}
	}
	if has, err := ctxcache.Contains(t.Context(), l.cache, "k"); err != nil || !has {
		t.Errorf("Contains = %v, %v", has, err)
	}
	if records := l.farLog.Records(); len(records) > 0 {
		t.Errorf("far was asked: %v", records)
	}
}

func TestTwoLevelFarHitFillsNear(t *testing.T) {
	for _, way := range readWays[int]() {
		t.Run(way.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newTwoLevels(&layers.TwoLevelOptions{NearTTL: time.Minute})
				mustSet(t, l.far, "k", 1) // for an hour
				time.Sleep(time.Second)
				if got, err := way.read(t.Context(), l.cache, "k"); err != nil || got != 1 {
					t.Fatalf("%s = %v, %v, want 1", way.name, got, err)
				}
				wantValue(t, l.near, "k", 1)
				time.Sleep(time.Second)
				wantTTL(t, l.cache, "k", time.Hour-2*time.Second) // the value's, from near
				time.Sleep(time.Minute)
				wantMiss(t, l.near, "k")
				wantValue(t, l.cache, "k", 1)
			})
		})
	}
}

func TestTwoLevelNearCopyNeverOutlivesFar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		mustSet(t, l.far, "k", 1) // for an hour
		answer := l.farStall.Stall(cachetest.On(cachetest.GetEntry).Answers())
		go func() {
			time.Sleep(30 * time.Second)
			answer.Release()
		}()
		wantValue(t, l.cache, "k", 1)
		wantTTL(t, l.near, "k", time.Hour-30*time.Second)
	})
}

// TestTwoLevelNearTTLCountsFromTheQuestion: what others wrote is seen NearTTL after it was, however long far takes to answer.
func TestTwoLevelNearTTLCountsFromTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(&layers.TwoLevelOptions{NearTTL: time.Minute})
		mustSet(t, l.far, "k", 1)
		answer := l.farStall.Stall(cachetest.On(cachetest.GetEntry).Answers().First(1))
		go func() {
			time.Sleep(50 * time.Second)
			answer.Release()
		}()
		wantValue(t, l.cache, "k", 1)
		mustSet(t, l.far, "k", 2) // by someone else
		time.Sleep(10 * time.Second)
		wantValue(t, l.cache, "k", 2)
	})
}

func TestTwoLevelNegativeEntries(t *testing.T) {
	for _, way := range readWays[int]() {
		t.Run(way.name, func(t *testing.T) {
			l := newTwoLevels(nil)
			if err := ctxcache.SetEntry(t.Context(), l.far, "k", ctxcache.Entry[int]{Absent: true, TTL: time.Hour}); err != nil {
				t.Fatal(err)
			}
			for _, from := range []string{"far", "near"} {
				if _, err := way.read(t.Context(), l.cache, "k"); err != ctxcache.ErrNotFound {
					t.Errorf("%s of a negative entry in %s: %v", way.name, from, err)
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

func TestTwoLevelFarOfUnknownTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := newNear()
		mustSet(t, far, "k", 1)

		near := newNear()
		capped := layers.TwoLevel(near, intCache(bare{far}), &layers.TwoLevelOptions{NearTTL: time.Minute})
		wantValue(t, capped, "k", 1)
		wantTTL(t, near, "k", time.Minute)
		wantTTL(t, capped, "k", ctxcache.Unknown)

		near = newNear()
		uncapped := layers.TwoLevel(near, intCache(bare{far}), nil)
		wantValue(t, uncapped, "k", 1)
		wantMiss(t, near, "k") // for how long should it be kept?
	})
}

// TestTwoLevelNearWithoutLeases: it cannot be filled safely, so it never is, and what it should have is deleted.
func TestTwoLevelNearWithoutLeases(t *testing.T) {
	near, far := newNear(), newNear()
	c := layers.TwoLevel(intCache(bare{near}), far, nil)
	mustSet(t, near, "k", 0)
	mustSet(t, c, "k", 1)
	wantMiss(t, near, "k")
	wantValue(t, c, "k", 1)
	wantMiss(t, near, "k")
	if found, err := ctxcache.GetMany(t.Context(), c, []string{"k"}); err != nil || found["k"] != 1 {
		t.Errorf("GetMany = %v, %v", found, err)
	}
	if _, _, err := ctxcache.GetLease(t.Context(), c, "k", 0); err != errors.ErrUnsupported {
		t.Errorf("GetLease: %v, want ErrUnsupported", err)
	}
}

// TestTwoLevelCorruptNearCopy: it is as good as none, and the next far read heals it.
func TestTwoLevelCorruptNearCopy(t *testing.T) {
	for _, way := range readWays[int]() {
		t.Run(way.name, func(t *testing.T) {
			stored := newMemory[[]byte]()
			far := newNear()
			mustSet(t, far, "k", 1)
			c := layers.TwoLevel(layers.Encoded(stored, layers.JSON[int]{}), far, nil)
			mustSet(t, stored, "k", []byte("{"))
			if has, err := ctxcache.Contains(t.Context(), c, "k"); err != nil || !has {
				t.Errorf("Contains = %v, %v, want what far says", has, err)
			}
			if got, err := way.read(t.Context(), c, "k"); err != nil || got != 1 {
				t.Errorf("%s = %v, %v, want 1", way.name, got, err)
			}
			if healed, err := stored.Get(t.Context(), "k"); err != nil || string(healed) != "1" {
				t.Errorf("near has %q, %v", healed, err)
			}
		})
	}
}

func TestTwoLevelContainsOfACorruptNearCopy(t *testing.T) {
	near, faults := cachetest.Failing(intCache(bare{newNear()}))
	faults.Fail(ctxcache.ErrCorrupt, cachetest.On(cachetest.Get, cachetest.Contains))
	far := newNear()
	mustSet(t, far, "k", 1)
	if has, err := ctxcache.Contains(t.Context(), layers.TwoLevel(near, far, nil), "k"); err != nil || !has {
		t.Errorf("Contains = %v, %v, want what far says", has, err)
	}
}

func TestTwoLevelNearHitDoesNotAllocate(t *testing.T) {
	c := layers.TwoLevel(newNear(), newNear(), nil)
	mustSet(t, c, "k", 1)
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		if _, err := c.Get(ctx, "k"); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("a near hit allocates %v times", n)
	}
}

func TestTwoLevelInvalidOptions(t *testing.T) {
	opts := &layers.TwoLevelOptions{NearTTL: -1}
	if err := opts.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Validate: %v", err)
	}
	c := layers.TwoLevel(newNear(), newNear(), opts)
	if _, err := c.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Get: %v", err)
	}
	if err := ctxcache.Clear(t.Context(), c); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Clear: %v", err)
	}
}
