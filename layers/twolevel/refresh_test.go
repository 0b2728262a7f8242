package twolevel_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

var errSource = errors.New("the source is down")

// TestFailedRefreshLeavesNear checks that a Refresh whose load fails while far is down does not take the near copy away,
// and that one whose load succeeds does not leave the old value.
func TestFailedRefreshLeavesNear(t *testing.T) {
	for name, far := range map[string]func(intCache) intCache{
		"far with leases":    func(c intCache) intCache { return c },
		"far without leases": func(c intCache) intCache { return bare{c} },
	} {
		for _, resilient := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				store, faults := cachetest.Failing(newNear())
				near := newNear()
				c := twolevel.New(near, far(store), &twolevel.Options{NearTTL: time.Minute, Resilient: resilient})
				var failure error
				loads := 0
				f := cached.Func(c, func(context.Context, string) (int, error) {
					loads++
					return loads, failure
				}, &cached.Options{TTL: time.Hour})
				for range 2 { // the second call copies the value to near if the first one cannot
					if got, err := f.Get(t.Context(), "k"); got != 1 || err != nil {
						t.Fatalf("Get = %v, %v", got, err)
					}
				}
				layertest.WantValue(t, near, "k", 1)
				faults.Fail(errFar, cachetest.On())
				failure = errSource
				if _, err := f.Refresh(t.Context(), "k"); !errors.Is(err, errSource) {
					t.Errorf("Refresh = %v, want the source's error", err)
				}
				if got, err := f.Get(t.Context(), "k"); got != 1 || err != nil {
					t.Errorf("Get after a failed Refresh = %v, %v, want the near copy", got, err)
				}
				failure = nil
				switch got, err := f.Refresh(t.Context(), "k"); {
				case resilient && (got != 3 || err != nil):
					t.Errorf("Refresh = %v, %v", got, err)
				case !resilient && !errors.Is(err, errFar): // far still has the old value
					t.Errorf("Refresh = %v, %v, want far's error", got, err)
				}
				if resilient { // near works alone
					layertest.WantValue(t, near, "k", 3)
				} else {
					wantMiss(t, near, "k")
				}
			})
		}
	}
}

// TestLeaseOfACopyDuringAnOutage checks that GetLease and GetLeases return the copy that GetEntry would return, with a
// local lease, if the copy is due and Resilient hides that far is down. There is no lease if somebody else has near's.
func TestLeaseOfACopyDuringAnOutage(t *testing.T) {
	l, _ := newResilient()
	layertest.MustSet(t, l.cache, "k", 1)
	l.farFault.Fail(errFar, cachetest.On())
	unavailable := ctxcache.NoLease(ctxcache.Unavailable)
	e, lease, err := ctxcache.GetLease(t.Context(), l.cache, "k", ctxcache.NoExpiry)
	if e.Value != 1 || !lease.Local() || err != nil {
		t.Errorf("GetLease = %v, %v, %v, want the copy", e, lease, err)
	}
	found, leases, err := ctxcache.GetLeases(t.Context(), l.cache, []string{"k", "absent"}, ctxcache.NoExpiry)
	if len(found) != 1 || found["k"].Value != 1 || leases["k"] != unavailable || !leases["absent"].Local() || err != nil {
		t.Errorf("GetLeases = %v, %v, %v, want the copy", found, leases, err)
	}
	leases["k"] = lease
	if err := ctxcache.ReleaseMany(t.Context(), l.cache, leases); err != nil {
		t.Error(err)
	}
	wantFree(t, l.near, "k")
	wantFree(t, l.near, "absent")
}

// TestRefreshThroughAHiddenOutage checks that the old value does not come back after a Refresh that far can neither lease
// nor store: whether far can delete it or not, far is not believed.
func TestRefreshThroughAHiddenOutage(t *testing.T) {
	for name, refuses := range map[string]bool{"far deletes": false, "far refuses": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _ := newResilient()
				defer func() { _ = ctxcache.Close(l.cache) }()
				layertest.MustSet(t, l.cache, "k", 1)
				f := cached.Func(l.cache, func(context.Context, string) (int, error) { return 2, nil }, nil)
				l.farFault.Fail(errFar, cachetest.On(ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetLease))
				if refuses {
					l.farFault.Fail(ctxcache.ErrRefused, cachetest.On(ctxcache.OpDelete, ctxcache.OpDeleteMany))
				}
				value, err := f.Refresh(t.Context(), "k")
				if value != 2 || err != nil {
					t.Errorf("Refresh = %v, %v", value, err)
				}
				layertest.WantValue(t, l.cache, "k", 2) // near works alone
				if !refuses {
					l.farFault.Heal()
				}
				time.Sleep(time.Minute) // longer than OutageTTL
				wantMiss(t, l.cache, "k")
				if !refuses {
					wantMiss(t, l.far, "k")
				}
			})
		})
	}
}
