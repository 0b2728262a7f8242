package layers_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
)

// mustLease returns the lease on key.
func mustLease(t *testing.T, c intCache, key string, refreshBelow time.Duration) ctxcache.Lease[int] {
	t.Helper()
	_, lease, err := ctxcache.GetLease(t.Context(), c, key, refreshBelow)
	if lease == nil {
		t.Fatalf("GetLease gives no lease: %v", err)
	}
	return lease
}

func TestTwoLevelLeaseIsOneOfBothLevels(t *testing.T) {
	l := newTwoLevels(nil)
	lease := mustLease(t, l.cache, "k", 0)
	for name, c := range map[string]intCache{"near": l.near, "far": l.far, "both": l.cache} {
		if _, other, err := ctxcache.GetLease(t.Context(), c, "k", 0); other != nil || err != ctxcache.ErrMiss {
			t.Errorf("another holder's GetLease in %s = %v, %v", name, other, err)
		}
	}
	if err := lease.Fill(t.Context(), ctxcache.Entry[int]{Value: 1, TTL: time.Hour}); err != nil {
		t.Fatal(err)
	}
	wantValue(t, l.near, "k", 1)
	wantValue(t, l.far, "k", 1)
	if err := lease.Fill(t.Context(), ctxcache.Entry[int]{Value: 2, TTL: time.Hour}); err != ctxcache.ErrLeaseLost {
		t.Errorf("a second Fill: %v", err)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Error(err)
	}
	wantFree(t, l.near, "k")
	wantFree(t, l.far, "k")
}

func TestTwoLevelLeaseReleasesBoth(t *testing.T) {
	l := newTwoLevels(nil)
	if err := mustLease(t, l.cache, "k", 0).Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFree(t, l.near, "k")
	wantFree(t, l.far, "k")
}

// TestTwoLevelLeaseLostInFar: another process wrote. What near may have is not to be trusted.
func TestTwoLevelLeaseLostInFar(t *testing.T) {
	l := newTwoLevels(nil)
	mustSet(t, l.cache, "k", 1)
	lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
	mustSet(t, l.far, "k", 2)
	if err := lease.Fill(t.Context(), ctxcache.Entry[int]{Value: 3, TTL: time.Hour}); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill = %v, want ErrLeaseLost, bare", err)
	}
	wantMiss(t, l.near, "k")
	wantValue(t, l.cache, "k", 2)
}

// TestTwoLevelLeaseWithoutNears: a far read has near's lease. The fill is taken by far, and near gets neither it nor what was read before it.
func TestTwoLevelLeaseWithoutNears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		mustSet(t, l.far, "k", 1)
		stall := l.farStall.Stall(cachetest.On(cachetest.GetEntry).Answers())
		go func() { wantValue(t, l.cache, "k", 1) }()
		<-stall.Arrived()
		lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
		if err := lease.Fill(t.Context(), ctxcache.Entry[int]{Value: 2, TTL: time.Hour}); err != nil {
			t.Fatal(err)
		}
		stall.Release()
		synctest.Wait()
		wantMiss(t, l.near, "k")
		wantValue(t, l.cache, "k", 2)
	})
}

func TestTwoLevelLeaseOfWhatIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(&layers.TwoLevelOptions{NearTTL: time.Minute})
		mustSet(t, l.cache, "k", 1) // for an hour
		if e, lease, err := ctxcache.GetLease(t.Context(), l.cache, "k", 30*time.Minute); e.Value != 1 || lease != nil || err != nil {
			t.Errorf("GetLease of what is not due = %v, %v, %v", e, lease, err)
		}
		e, lease, err := ctxcache.GetLease(t.Context(), l.cache, "k", 2*time.Hour)
		if e.Value != 1 || lease == nil || err != nil {
			t.Fatalf("GetLease of what is due = %v, %v, %v", e, lease, err)
		}
		if err := lease.Fill(t.Context(), ctxcache.Entry[int]{Value: 2, TTL: 3 * time.Hour}); err != nil {
			t.Fatal(err)
		}
		wantValue(t, l.near, "k", 2)
		wantTTL(t, l.cache, "k", 3*time.Hour)
	})
}

// TestTwoLevelLeaseFails leaves no lease behind.
func TestTwoLevelLeaseFails(t *testing.T) {
	l := newTwoLevels(nil)
	l.farFault.Fail(errFar, cachetest.On(cachetest.GetLease, cachetest.GetLeases))
	if _, lease, err := ctxcache.GetLease(t.Context(), l.cache, "k", 0); lease != nil || !errors.Is(err, errFar) {
		t.Errorf("GetLease = %v, %v", lease, err)
	}
	wantFree(t, l.near, "k")
	errNear := errors.New("near is down")
	l.nearFault.Fail(errNear, cachetest.On(cachetest.GetLease))
	if _, lease, err := ctxcache.GetLease(t.Context(), l.cache, "k", 0); lease != nil || !errors.Is(err, errNear) {
		t.Errorf("GetLease = %v, %v", lease, err)
	}
	wantFree(t, l.far, "k")
}

func TestTwoLevelLeasesAskFarOnce(t *testing.T) {
	l := newTwoLevels(nil)
	mustSet(t, l.cache, "both", 1)
	mustSet(t, l.far, "far", 2)
	l.farLog.Reset()
	found, leases, err := ctxcache.GetLeases(t.Context(), l.cache, []string{"both", "far", "none"}, 0)
	if err != nil || len(found) != 2 || found["both"].Value != 1 || found["far"].Value != 2 || len(leases) != 1 || leases["none"] == nil {
		t.Errorf("GetLeases = %v, %v, %v", found, leases, err)
	}
	onlyRecord(t, l.farLog)
	wantKeys(t, l.near, "both", "far")
	wantFree(t, l.near, "far")
	if err := leases["none"].Fill(t.Context(), ctxcache.Entry[int]{Value: 3, TTL: time.Hour}); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, l.near, "both", "far", "none")
	wantKeys(t, l.far, "both", "far", "none")
}
