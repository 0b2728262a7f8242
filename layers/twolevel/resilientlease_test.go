package twolevel_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestResilientGrantsLocalLeases checks that near alone grants a lease during an outage, and that a refusal distinguishes
// an outage from another holder who is to be waited for.
func TestResilientGrantsLocalLeases(t *testing.T) {
	l, _ := newResilient()
	l.farFault.Fail(errFar, cachetest.On(ctxcache.OpGetLease, ctxcache.OpGetLeases))
	unavailable := ctxcache.NoLease(ctxcache.Unavailable)
	_, lease, err := ctxcache.GetLease(t.Context(), l.cache, "k", 0)
	if !lease.Local() || err != ctxcache.ErrMiss {
		t.Errorf("GetLease = %v (%v), %v", lease, lease.Refusal(), err)
	}
	_, leases, err := ctxcache.GetLeases(t.Context(), l.cache, []string{"k", "l"}, 0)
	if err != nil || len(leases) != 2 || leases["k"] != unavailable || !leases["l"].Local() {
		t.Errorf("GetLeases = %v, %v", leases, err)
	}
	leases["k"] = lease
	if err := ctxcache.ReleaseMany(t.Context(), l.cache, leases); err != nil {
		t.Error(err)
	}
	wantFree(t, l.near, "k")
	wantFree(t, l.near, "l")
}

// TestResilientReleaseIsNoProof checks that Release returns ErrLeaseLost during an outage of far, because nobody knows
// what others did.
func TestResilientReleaseIsNoProof(t *testing.T) {
	for _, many := range []bool{false, true} {
		l, told := newResilient()
		lease := mustLease(t, l.cache, "k", 0)
		l.farFault.Fail(errFar, cachetest.On(ctxcache.OpRelease, ctxcache.OpReleaseMany))
		if err := release(t, l.cache, lease, many); err != ctxcache.ErrLeaseLost {
			t.Errorf("Release = %v, want ErrLeaseLost, bare", err)
		}
		if errs := told.take(); len(errs) != 1 || !errors.Is(errs[0], errFar) {
			t.Errorf("reported %v, want far's error once", errs)
		}
		wantFree(t, l.near, "k")
	}
}

// TestResilientReleaseAfterALocalDeletion checks that Release returns ErrLeaseLost after a deletion that far has not
// seen. Far's lease stands, but near's does not.
func TestResilientReleaseAfterALocalDeletion(t *testing.T) {
	for _, many := range []bool{false, true} {
		l, _ := newResilient()
		lease := mustLease(t, l.cache, "k", 0)
		l.farFault.Fail(errFar, cachetest.On(ctxcache.OpDelete))
		if err := l.cache.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		l.farFault.Heal()
		if err := release(t, l.cache, lease, many); err != ctxcache.ErrLeaseLost {
			t.Errorf("Release = %v, want ErrLeaseLost, bare", err)
		}
	}
}

// TestResilientFillTakesTheOldAway checks that a Fill that failed in far drops the old value there. The caller will not
// do it, because the Fill returned nil.
func TestResilientFillTakesTheOldAway(t *testing.T) {
	l, told := newResilient()
	layertest.MustSet(t, l.cache, "k", 1)
	lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
	l.farFault.Fail(errFar, cachetest.On(ctxcache.OpFill).First(1))
	if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(2, time.Hour)); err != nil {
		t.Fatal(err)
	}
	if errs := told.take(); len(errs) != 1 {
		t.Errorf("reported %v, want far's error once", errs)
	}
	wantMiss(t, l.near, "k")
	wantMiss(t, l.far, "k")
	wantFree(t, l.far, "k")
}

// TestResilientFillManyTakesTheOldAway checks the same for FillMany: only the keys that failed are dropped.
func TestResilientFillManyTakesTheOldAway(t *testing.T) {
	far := newNear()
	layertest.MustSet(t, far, "bad", 1)
	var told reports
	partly := &partial{Forward: ctxcache.NewForward(far, ctxcache.Description{Kind: "partial"}), bad: "bad"}
	c := twolevel.New(newNear(), partly, &twolevel.Options{Resilient: true, OnFarError: told.add})
	leases := mustLeases(t, c, "good")
	leases["bad"] = mustLease(t, c, "bad", ctxcache.NoExpiry)
	told.take()
	if err := ctxcache.FillMany(t.Context(), c, entriesOf(2, "good", "bad"), leases); err != nil {
		t.Fatal(err)
	}
	if errs := told.take(); len(errs) != 1 || !errors.Is(ctxcache.KeyError(errs[0], "bad"), errFar) || ctxcache.KeyError(errs[0], "good") != nil {
		t.Errorf("reported %v, want the outage of one key", errs)
	}
	layertest.WantValue(t, far, "good", 2)
	wantMiss(t, far, "bad")
	wantFree(t, far, "bad")
}

// TestFillManyGivesUpInAnOutage checks that FillMany does not wait for far once for each key.
func TestFillManyGivesUpInAnOutage(t *testing.T) {
	l, told := newResilient()
	leases := mustLeases(t, l.cache, "a", "b", "c")
	l.farFault.Fail(errFar, cachetest.On())
	l.farLog.Reset()
	if err := ctxcache.FillMany(t.Context(), l.cache, entriesOf(1, "a", "b", "c"), leases); err != nil {
		t.Fatal(err)
	}
	if fills, drops := l.farLog.Count(ctxcache.OpFillMany), l.farLog.Count(ctxcache.OpDrop); fills != 1 || drops != 1 {
		t.Errorf("far was asked for %d fills and %d drops, want one each", fills, drops)
	}
	if errs := told.take(); len(errs) != 1 {
		t.Errorf("reported %v, want far's error once", errs)
	}
}

// TestOnFarErrorHearsWithoutResilient checks that OnFarError gets outages without Resilient, too. Callers also get
// them.
func TestOnFarErrorHearsWithoutResilient(t *testing.T) {
	var told reports
	l := newTwoLevels(&twolevel.Options{OnFarError: told.add})
	l.farFault.Fail(errFar, cachetest.On())
	for _, way := range layertest.ReadWays[int]() {
		if _, err := way.Read(t.Context(), l.cache, "k"); !errors.Is(err, errFar) {
			t.Errorf("%s = %v, want far's error", way.Name, err)
		}
		if errs := told.take(); len(errs) != 1 || !errors.Is(errs[0], errFar) {
			t.Errorf("%s reported %v, want far's error once", way.Name, errs)
		}
	}
	if err := l.cache.Set(t.Context(), "k", 1, time.Hour); !errors.Is(err, errFar) || len(told.take()) != 1 {
		t.Errorf("Set = %v, want far's error, and a report", err)
	}
	l.farFault.Heal()
	l.farFault.Fail(ctxcache.ErrKey, cachetest.On())
	if err := l.cache.Set(t.Context(), "k", 1, time.Hour); !errors.Is(err, ctxcache.ErrKey) || len(told.take()) > 0 {
		t.Errorf("Set = %v, want ErrKey, and no report", err)
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if err := l.cache.Set(ctx, "k", 1, time.Hour); err != context.Canceled || len(told.take()) > 0 {
		t.Errorf("Set = %v, want the context's error, and no report", err)
	}
}
