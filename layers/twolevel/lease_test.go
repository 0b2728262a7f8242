package twolevel_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// mustLease takes the lease on key and returns it.
func mustLease(t *testing.T, c intCache, key string, refreshBelow time.Duration) ctxcache.Lease {
	t.Helper()
	_, lease, err := ctxcache.GetLease(t.Context(), c, key, refreshBelow)
	if !lease.Granted() {
		t.Fatalf("GetLease gives no lease: %v", err)
	}
	return lease
}

func TestLeaseIsOneOfBothLevels(t *testing.T) {
	l := newTwoLevels(nil)
	lease := mustLease(t, l.cache, "k", 0)
	for name, c := range map[string]intCache{"near": l.near, "far": l.far, "both": l.cache} {
		_, other, err := ctxcache.GetLease(t.Context(), c, "k", 0)
		if other != ctxcache.NoLease(ctxcache.Loading) || err != ctxcache.ErrMiss {
			t.Errorf("another holder's GetLease in %s = %v (%v), %v", name, other, other.Refusal(), err)
		}
	}
	if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(1, time.Hour)); err != nil {
		t.Fatal(err)
	}
	layertest.WantValue(t, l.near, "k", 1)
	layertest.WantValue(t, l.far, "k", 1)
	if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(2, time.Hour)); err != ctxcache.ErrLeaseLost {
		t.Errorf("a second Fill: %v", err)
	}
	if err := ctxcache.Release(t.Context(), l.cache, "k", lease); err != ctxcache.ErrLeaseLost {
		t.Errorf("Release after Fill: %v, want ErrLeaseLost, bare", err)
	}
	wantFree(t, l.near, "k")
	wantFree(t, l.far, "k")
}

func TestLeaseReleasesBoth(t *testing.T) {
	l := newTwoLevels(nil)
	if err := ctxcache.Release(t.Context(), l.cache, "k", mustLease(t, l.cache, "k", 0)); err != nil {
		t.Fatal(err)
	}
	wantFree(t, l.near, "k")
	wantFree(t, l.far, "k")
}

// TestLeaseLostInFar checks that a fill returns ErrLeaseLost if another process wrote, and that the near copy is
// deleted then.
func TestLeaseLostInFar(t *testing.T) {
	l := newTwoLevels(nil)
	layertest.MustSet(t, l.cache, "k", 1)
	lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
	layertest.MustSet(t, l.far, "k", 2)
	if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(3, time.Hour)); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill = %v, want ErrLeaseLost, bare", err)
	}
	wantMiss(t, l.near, "k")
	layertest.WantValue(t, l.cache, "k", 2)
}

// TestLeaseWithoutNears checks a fill while a far read has near's lease. Far accepts the fill. Near gets neither the
// filled value nor the value that was read before.
func TestLeaseWithoutNears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		layertest.MustSet(t, l.far, "k", 1)
		stall := l.farStall.Stall(cachetest.On(ctxcache.OpGetEntry).Answers())
		go func() { layertest.WantValue(t, l.cache, "k", 1) }()
		<-stall.Arrived()
		lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
		if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(2, time.Hour)); err != nil {
			t.Fatal(err)
		}
		stall.Release()
		synctest.Wait()
		wantMiss(t, l.near, "k")
		layertest.WantValue(t, l.cache, "k", 2)
	})
}

func TestLeaseOfWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(&twolevel.Options{NearTTL: time.Minute})
		layertest.MustSet(t, l.cache, "k", 1) // for an hour
		if e, lease, err := ctxcache.GetLease(t.Context(), l.cache, "k", 30*time.Minute); e.Value != 1 || lease != (ctxcache.Lease{}) || err != nil {
			t.Errorf("GetLease of an entry that is not due = %v, %v, %v", e, lease, err)
		}
		e, lease, err := ctxcache.GetLease(t.Context(), l.cache, "k", 2*time.Hour)
		if e.Value != 1 || !lease.Granted() || err != nil {
			t.Fatalf("GetLease of an entry that is due = %v, %v, %v", e, lease, err)
		}
		if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(2, 3*time.Hour)); err != nil {
			t.Fatal(err)
		}
		layertest.WantValue(t, l.near, "k", 2)
		wantTTL(t, l.cache, "k", 3*time.Hour)
	})
}

// TestLeaseFails checks that a GetLease that fails leaves no lease behind.
func TestLeaseFails(t *testing.T) {
	l := newTwoLevels(nil)
	l.farFault.Fail(errFar, cachetest.On(ctxcache.OpGetLease, ctxcache.OpGetLeases))
	if _, lease, err := ctxcache.GetLease(t.Context(), l.cache, "k", 0); lease != (ctxcache.Lease{}) || !errors.Is(err, errFar) {
		t.Errorf("GetLease = %v, %v", lease, err)
	}
	wantFree(t, l.near, "k")
	errNear := errors.New("near is down")
	l.nearFault.Fail(errNear, cachetest.On(ctxcache.OpGetLease))
	if _, lease, err := ctxcache.GetLease(t.Context(), l.cache, "k", 0); lease != (ctxcache.Lease{}) || !errors.Is(err, errNear) {
		t.Errorf("GetLease = %v, %v", lease, err)
	}
	wantFree(t, l.far, "k")
}

func TestLeasesAskFarOnce(t *testing.T) {
	l := newTwoLevels(nil)
	layertest.MustSet(t, l.cache, "both", 1)
	layertest.MustSet(t, l.far, "far", 2)
	l.farLog.Reset()
	found, leases, err := ctxcache.GetLeases(t.Context(), l.cache, []string{"both", "far", "none"}, 0)
	if err != nil || len(found) != 2 || found["both"].Value != 1 || found["far"].Value != 2 || len(leases) != 1 || !leases["none"].Granted() {
		t.Errorf("GetLeases = %v, %v, %v", found, leases, err)
	}
	onlyRecord(t, l.farLog)
	layertest.WantKeys(t, l.near, "both", "far")
	wantFree(t, l.near, "far")
	if err := ctxcache.Fill(t.Context(), l.cache, "none", leases["none"], ctxcache.NewEntry(3, time.Hour)); err != nil {
		t.Fatal(err)
	}
	layertest.WantKeys(t, l.near, "both", "far", "none")
	layertest.WantKeys(t, l.far, "both", "far", "none")
}
