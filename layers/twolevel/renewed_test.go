package twolevel_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
)

// staleOptions are of a function that asks for leases below a remaining life, on a miss, too.
var staleOptions = &cached.Options{TTL: time.Hour, StaleFor: time.Minute}

// TestLoadsOfAbsentKeysAreNotListed checks that a load during an outage lists its key only if it renews a value that near
// has. Otherwise reads alone would fill the list during an outage.
func TestLoadsOfAbsentKeysAreNotListed(t *testing.T) {
	l, _ := newResilient()
	defer func() { _ = ctxcache.Close(l.cache) }()
	l.farFault.Fail(errFar, cachetest.On())
	f := cached.Func(l.cache, always, staleOptions)
	if got, err := f.Get(t.Context(), "one"); got != 1 || err != nil {
		t.Fatalf("Get = %v, %v", got, err)
	}
	if found, err := f.GetMany(t.Context(), []string{"two", "three"}); len(found) != 2 || err != nil {
		t.Fatalf("GetMany = %v, %v", found, err)
	}
	layertest.WantValue(t, l.near, "one", 1)
	layertest.WantValue(t, l.near, "two", 1)
	wantMissed(t, l.cache, 0)
}

// TestRenewalsAreListed checks that a load during an outage lists the key of a value that it renews: one that near has,
// and any that is to be replaced whatever its age. Far may have the old value.
func TestRenewalsAreListed(t *testing.T) {
	for _, many := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l, _ := newResilient()
			defer func() { _ = ctxcache.Close(l.cache) }()
			layertest.MustSet(t, l.cache, "stale", 1) // for an hour
			l.farFault.Fail(errFar, cachetest.On())
			for i, key := range []string{"stale", "replaced"} {
				below := 2 * time.Hour
				if key == "replaced" {
					below = ctxcache.NoExpiry
				}
				lease := localLeaseBelow(t, l.cache, key, below, many)
				wantMissed(t, l.cache, int64(i)) // the lease alone lists nothing
				fills := map[string]ctxcache.Entry[int]{key: ctxcache.NewEntry(2, time.Hour)}
				if err := ctxcache.FillMany(t.Context(), l.cache, fills, map[string]ctxcache.Lease{key: lease}); err != nil {
					t.Errorf("the fill of %q: %v", key, err)
				}
				wantMissed(t, l.cache, int64(i+1))
			}
		})
	}
}

// localLeaseBelow takes the local lease on key, by GetLease or by GetLeases.
func localLeaseBelow(t *testing.T, c intCache, key string, below time.Duration, many bool) (lease ctxcache.Lease) {
	t.Helper()
	if many {
		_, leases, _ := ctxcache.GetLeases(t.Context(), c, []string{key}, below)
		lease = leases[key]
	} else {
		_, lease, _ = ctxcache.GetLease(t.Context(), c, key, below)
	}
	if !lease.Local() {
		t.Fatalf("the lease on %q is %v, want a local one", key, lease)
	}
	return lease
}
