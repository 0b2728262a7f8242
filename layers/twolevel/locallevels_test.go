package twolevel_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// The far of two levels is itself two levels, which work alone. Their lease is local. So is the one that is made of it,
// because its end proves no more.
func TestLeaseOverALocalLeaseIsLocal(t *testing.T) {
	far, faults := cachetest.Failing(newNear())
	inner := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
	defer wantClose(t, inner)
	outer := twolevel.New(newNear(), intCache(inner), nil)
	defer wantClose(t, outer)
	faults.Fail(errFar, cachetest.On())
	_, lease, err := outer.GetLease(t.Context(), "one", 0)
	if !lease.Local() || err != ctxcache.ErrMiss {
		t.Errorf("GetLease: %v, %v", lease, err)
	}
	if err := outer.Fill(t.Context(), "one", lease, ctxcache.NewEntry(1, time.Hour)); err != nil {
		t.Errorf("Fill: %v", err)
	}
	if value, err := outer.Get(t.Context(), "one"); value != 1 || err != nil {
		t.Errorf("Get: %v, %v", value, err)
	}
	_, leases, err := outer.GetLeases(t.Context(), []string{"many"}, 0)
	if !leases["many"].Local() || err != nil {
		t.Errorf("GetLeases: %v, %v", leases, err)
	}
	if err := outer.ReleaseMany(t.Context(), leases); err != nil {
		t.Errorf("ReleaseMany: %v", err)
	}
	faults.Heal()
}
