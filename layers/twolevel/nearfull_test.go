package twolevel_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

const tooLarge = 1000 // more than newSmall can hold

// newSmall returns a memory cache that cannot hold the value tooLarge, nor a negative number.
func newSmall() intCache {
	return memory.New(&memory.Options[string, int]{
		MaxCost: 100, Cost: func(_ string, value int) int64 { return int64(value) },
	})
}

// badCost is a value for which newSmall returns ErrCost.
const badCost = -1

// TestNearCannotHoldTheValue checks that far's value is the answer if near cannot hold it, that near keeps no older
// value, and that no lease is left behind.
func TestNearCannotHoldTheValue(t *testing.T) {
	for _, value := range []int{tooLarge, badCost} {
		for _, way := range layertest.ReadWays[int]() {
			t.Run(way.Name, func(t *testing.T) {
				near, far := newSmall(), newNear()
				c := twolevel.New(near, far, nil)
				layertest.MustSet(t, far, "k", value)
				for range 2 {
					if got, err := way.Read(t.Context(), c, "k"); err != nil || got != value {
						t.Errorf("%s = %v, %v, want far's value %v", way.Name, got, err, value)
					}
				}
				wantMiss(t, near, "k")
				wantFree(t, near, "k")
			})
		}
		for _, way := range layertest.SetWays[int]() {
			t.Run(way.Name, func(t *testing.T) {
				near, far := newSmall(), newNear()
				c := twolevel.New(near, far, nil)
				if err := way.Write(t.Context(), c, "k", ctxcache.NewEntry(value, time.Hour)); err != nil {
					t.Errorf("%s = %v, want success, because far has the value", way.Name, err)
				}
				layertest.WantValue(t, far, "k", value)
				wantMiss(t, near, "k")
				wantFree(t, near, "k")
				wantFree(t, far, "k")
			})
		}
	}
}

// TestNearCannotHoldTheNewValue checks that near's older value goes when near cannot hold the new one.
func TestNearCannotHoldTheNewValue(t *testing.T) {
	large := ctxcache.NewEntry(tooLarge, time.Hour)
	for name, change := range map[string]func(t *testing.T, c, far intCache) error{
		"Set": func(t *testing.T, c, _ intCache) error {
			t.Helper()
			return c.Set(t.Context(), "k", tooLarge, time.Hour)
		},
		"SetEntries": func(t *testing.T, c, _ intCache) error {
			t.Helper()
			return ctxcache.SetEntries(t.Context(), c, map[string]ctxcache.Entry[int]{"k": large})
		},
		"Fill": func(t *testing.T, c, _ intCache) error {
			t.Helper()
			return ctxcache.Fill(t.Context(), c, "k", mustLease(t, c, "k", ctxcache.NoExpiry), large)
		},
		"FillMany": func(t *testing.T, c, _ intCache) error {
			t.Helper()
			leases := map[string]ctxcache.Lease{"k": mustLease(t, c, "k", ctxcache.NoExpiry)}
			return ctxcache.FillMany(t.Context(), c, map[string]ctxcache.Entry[int]{"k": large}, leases)
		},
		"GetLease of what far has refreshed": func(t *testing.T, c, far intCache) error {
			t.Helper()
			layertest.MustSet(t, far, "k", tooLarge) // for an hour
			e, _, err := ctxcache.GetLease(t.Context(), c, "k", 30*time.Minute)
			if e.Value != tooLarge {
				t.Errorf("GetLease = %v", e)
			}
			return err
		},
		"GetLeases of what far has refreshed": func(t *testing.T, c, far intCache) error {
			t.Helper()
			layertest.MustSet(t, far, "k", tooLarge)
			found, _, err := ctxcache.GetLeases(t.Context(), c, []string{"k"}, 30*time.Minute)
			if found["k"].Value != tooLarge {
				t.Errorf("GetLeases = %v", found)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			near, far := newSmall(), newNear()
			c := twolevel.New(near, far, nil)
			if err := c.Set(t.Context(), "k", 1, time.Minute); err != nil {
				t.Fatal(err)
			}
			layertest.WantValue(t, near, "k", 1)
			if err := change(t, c, far); err != nil {
				t.Error(err)
			}
			wantMiss(t, near, "k")
			layertest.WantValue(t, c, "k", tooLarge)
			wantFree(t, near, "k")
			wantFree(t, far, "k")
		})
	}
}

// TestNearCannotHoldOneOfMany checks that the other keys enter near.
func TestNearCannotHoldOneOfMany(t *testing.T) {
	near, far := newSmall(), newNear()
	c := twolevel.New(near, far, nil)
	layertest.MustSet(t, far, "large", tooLarge)
	layertest.MustSet(t, far, "small", 1)
	found, err := ctxcache.GetMany(t.Context(), c, []string{"large", "small", "none"})
	if err != nil || len(found) != 2 || found["large"] != tooLarge || found["small"] != 1 {
		t.Errorf("GetMany = %v, %v", found, err)
	}
	layertest.WantKeys(t, near, "small")
	if err := ctxcache.SetMany(t.Context(), c, map[string]int{"small": tooLarge, "large": 2}, time.Hour); err != nil {
		t.Errorf("SetMany: %v", err)
	}
	layertest.WantKeys(t, near, "large")
}

// TestCoherentNearCannotHoldTheValue checks that the uses of notes end if near cannot hold the value.
func TestCoherentNearCannotHoldTheValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := newNear()
		c := follows(t, newSmall(), far, nil)
		for _, way := range layertest.SetWays[int]() {
			if err := way.Write(t.Context(), c, way.Name, ctxcache.NewEntry(tooLarge, time.Hour)); err != nil {
				t.Errorf("%s: %v", way.Name, err)
			}
		}
		synctest.Wait()
		for _, way := range layertest.ReadWays[int]() {
			if got, err := way.Read(t.Context(), c, "Set"); err != nil || got != tooLarge {
				t.Errorf("%s = %v, %v, want far's value", way.Name, got, err)
			}
		}
		if n := twolevel.Noting(c); n != 0 {
			t.Errorf("%d uses of notes are left", n)
		}
	})
}

// TestNearIsBroken checks that callers get near's error if near can neither be filled nor drop its copy. A key that
// failed has no entry.
func TestNearIsBroken(t *testing.T) {
	broken := errors.New("near is broken")
	fails := cachetest.On(ctxcache.OpFill, ctxcache.OpFillMany, ctxcache.OpDelete, ctxcache.OpDeleteMany)
	for _, way := range layertest.ReadWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			l := newTwoLevels(nil)
			layertest.MustSet(t, l.far, "k", 1)
			l.nearFault.Fail(broken, fails)
			if got, err := way.Read(t.Context(), l.cache, "k"); !errors.Is(err, broken) || got != 0 {
				t.Errorf("%s = %v, %v, want near's error", way.Name, got, err)
			}
			wantFree(t, l.near, "k")
		})
	}
	for _, way := range layertest.SetWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			l := newTwoLevels(nil)
			l.nearFault.Fail(broken, fails)
			if err := way.Write(t.Context(), l.cache, "k", ctxcache.NewEntry(1, time.Hour)); !errors.Is(err, broken) {
				t.Errorf("%s = %v, want near's error", way.Name, err)
			}
			layertest.WantValue(t, l.far, "k", 1)
			wantFree(t, l.near, "k")
		})
	}
}

// TestManyReturnsEitherEntryOrError checks that a key is not among the entries if the error names it.
func TestManyReturnsEitherEntryOrError(t *testing.T) {
	broken := errors.New("near is broken")
	for name, read := range map[string]func(c intCache, keys []string) (map[string]ctxcache.Entry[int], error){
		"GetEntries": func(c intCache, keys []string) (map[string]ctxcache.Entry[int], error) {
			return ctxcache.GetEntries(t.Context(), c, keys)
		},
		"GetLeases": func(c intCache, keys []string) (map[string]ctxcache.Entry[int], error) {
			found, leases, err := ctxcache.GetLeases(t.Context(), c, keys, 0)
			for key, lease := range leases {
				if lease.Granted() && ctxcache.KeyError(err, key) != nil {
					t.Errorf("%s has a lease and an error", key)
				}
			}
			return found, err
		},
	} {
		for fault, target := range map[string]cachetest.Target{
			"near cannot be filled": cachetest.On(ctxcache.OpFillMany, ctxcache.OpDeleteMany),
			"leases stay":           cachetest.On(ctxcache.OpFillMany, ctxcache.OpReleaseMany),
		} {
			t.Run(name+"/"+fault, func(t *testing.T) {
				l := newTwoLevels(nil)
				layertest.MustSet(t, l.cache, "near", 1)
				layertest.MustSet(t, l.far, "far", 2)
				l.nearFault.Fail(broken, target)
				found, err := read(l.cache, []string{"near", "far"})
				if _, has := found["far"]; has || !errors.Is(ctxcache.KeyError(err, "far"), broken) {
					t.Errorf("%s = %v, %v, want near's error for one key", name, found, err)
				}
				if found["near"].Value != 1 || ctxcache.KeyError(err, "near") != nil {
					t.Errorf("%s = %v, %v, want the entry of the other key", name, found, err)
				}
			})
		}
	}
}

// TestFarHitReportsTheLifeOfACopy checks that a far hit reports far's CopyTTL, and that the near copy lives no longer.
func TestFarHitReportsTheLifeOfACopy(t *testing.T) {
	meta := ctxcache.Meta{TTL: ctxcache.NoExpiry, CopyTTL: time.Hour}
	for name, read := range map[string]func(t *testing.T, c intCache) (ctxcache.Entry[int], error){
		"GetEntry": func(t *testing.T, c intCache) (ctxcache.Entry[int], error) {
			t.Helper()
			return ctxcache.GetEntry(t.Context(), c, "k")
		},
		"GetEntries": func(t *testing.T, c intCache) (ctxcache.Entry[int], error) {
			t.Helper()
			found, err := ctxcache.GetEntries(t.Context(), c, []string{"k"})
			return found["k"], err
		},
		"GetLease": func(t *testing.T, c intCache) (ctxcache.Entry[int], error) {
			t.Helper()
			e, _, err := ctxcache.GetLease(t.Context(), c, "k", 0)
			return e, err
		},
		"GetLeases": func(t *testing.T, c intCache) (ctxcache.Entry[int], error) {
			t.Helper()
			found, _, err := ctxcache.GetLeases(t.Context(), c, []string{"k"}, 0)
			return found["k"], err
		},
		"GetLease of what is due": func(t *testing.T, c intCache) (ctxcache.Entry[int], error) {
			t.Helper()
			e, lease, err := ctxcache.GetLease(t.Context(), c, "k", ctxcache.NoExpiry)
			return e, errors.Join(err, ctxcache.Release(t.Context(), c, "k", lease))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newTwoLevels(nil)
				if err := ctxcache.SetEntry(t.Context(), l.far, "k", ctxcache.Entry[int]{Value: 1, Meta: meta}); err != nil {
					t.Fatal(err)
				}
				if e, err := read(t, l.cache); e.Value != 1 || e.CopyTTL != time.Hour || err != nil {
					t.Errorf("%s = %+v, %v, want 1 with a CopyTTL of an hour", name, e, err)
				}
				time.Sleep(2 * time.Hour)
				wantMiss(t, l.near, "k") // the copy lives as long as far's copy
			})
		})
	}
}
