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

// TestLeaseOfAnother checks that a lease of another cache, of one of the levels or on another key is refused without
// any effect.
func TestLeaseOfAnother(t *testing.T) {
	l := newTwoLevels(nil)
	layertest.MustSet(t, l.cache, "k", 1)
	far := mustLease(t, l.far, "of far", 0)
	for name, lease := range map[string]ctxcache.Lease{
		"none":        {},
		"refused":     ctxcache.NoLease(ctxcache.Loading),
		"far's":       far,
		"another key": mustLease(t, l.cache, "other", 0),
		"another's":   mustLease(t, twolevel.New(newNear(), newNear(), nil), "k", 0),
		"a twin's":    mustLease(t, twolevel.New(newNear(), l.far, nil), "twin", 0),
	} {
		key := "k"
		if name == "far's" {
			key = "of far"
		}
		if name == "a twin's" {
			key = "twin"
		}
		entry := ctxcache.NewEntry(2, time.Hour)
		for op, err := range map[ctxcache.Operation]error{
			ctxcache.OpFill:    ctxcache.Fill(t.Context(), l.cache, key, lease, entry),
			ctxcache.OpRelease: ctxcache.Release(t.Context(), l.cache, key, lease),
			ctxcache.OpDrop:    ctxcache.Drop(t.Context(), l.cache, key, lease),
		} {
			if err != ctxcache.ErrLeaseLost {
				t.Errorf("%s with the lease of %s: %v, want ErrLeaseLost, bare", op, name, err)
			}
		}
		many := map[string]ctxcache.Lease{key: lease}
		err := ctxcache.FillMany(t.Context(), l.cache, map[string]ctxcache.Entry[int]{key: entry}, many)
		if err := ctxcache.KeyError(err, key); err != ctxcache.ErrLeaseLost {
			t.Errorf("FillMany with the lease of %s: %v, want ErrLeaseLost", name, err)
		}
		err = ctxcache.ReleaseMany(t.Context(), l.cache, many)
		if want := lease.Granted(); (ctxcache.KeyError(err, key) == ctxcache.ErrLeaseLost) != want {
			t.Errorf("ReleaseMany of the lease of %s: %v", name, err)
		}
	}
	layertest.WantValue(t, l.near, "k", 1)
	layertest.WantValue(t, l.far, "k", 1)
	if err := ctxcache.Fill(t.Context(), l.far, "of far", far, ctxcache.NewEntry(3, time.Hour)); err != nil {
		t.Errorf("far's own Fill: %v", err)
	}
}

func TestLeasesAreComparable(t *testing.T) {
	l := newTwoLevels(nil)
	a, b := mustLease(t, l.cache, "a", 0), mustLease(t, l.cache, "b", 0)
	seen := map[ctxcache.Lease]bool{a: true}
	if !seen[a] || seen[b] {
		t.Error("two leases are equal, or one is not equal to itself")
	}
}

// TestReleaseProves checks that Release succeeds only if nobody has changed the key since the grant.
func TestReleaseProves(t *testing.T) {
	for name, test := range map[string]struct {
		change func(l *twoLevels) error
		want   error
	}{
		"nothing":    {func(*twoLevels) error { return nil }, nil},
		"a write":    {func(l *twoLevels) error { return l.cache.Set(t.Context(), "k", 2, time.Hour) }, ctxcache.ErrLeaseLost},
		"a deletion": {func(l *twoLevels) error { return l.cache.Delete(t.Context(), "k") }, ctxcache.ErrLeaseLost},
		"a write by another process": {
			func(l *twoLevels) error { return l.far.Set(t.Context(), "k", 2, time.Hour) }, ctxcache.ErrLeaseLost,
		},
		"a loss in near, as by an event from before": {
			func(l *twoLevels) error { return l.near.Delete(t.Context(), "k") }, nil,
		},
	} {
		for _, many := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				l := newTwoLevels(nil)
				layertest.MustSet(t, l.cache, "k", 1)
				lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
				if err := test.change(l); err != nil {
					t.Fatal(err)
				}
				err := release(t, l.cache, lease, many)
				if err != test.want {
					t.Errorf("Release after %s: %v, want %v", name, err, test.want)
				}
				wantFree(t, l.near, "k")
				wantFree(t, l.far, "k")
			})
		}
	}
}

// release releases the lease on k, with Release or ReleaseMany.
func release(t *testing.T, c intCache, lease ctxcache.Lease, many bool) error {
	t.Helper()
	if !many {
		return ctxcache.Release(t.Context(), c, "k", lease)
	}
	return ctxcache.KeyError(ctxcache.ReleaseMany(t.Context(), c, map[string]ctxcache.Lease{"k": lease}), "k")
}

// TestReleaseWithoutNears checks a Release when another holder, such as a far read, had near's lease: this does not
// count as a lost lease.
func TestReleaseWithoutNears(t *testing.T) {
	l := newTwoLevels(nil)
	nears := mustLease(t, l.near, "k", 0)
	if err := ctxcache.Release(t.Context(), l.cache, "k", mustLease(t, l.cache, "k", 0)); err != nil {
		t.Errorf("Release: %v", err)
	}
	if err := ctxcache.Release(t.Context(), l.near, "k", nears); err != nil {
		t.Errorf("Release by the other holder: %v", err)
	}
}

func TestDropRemovesFromBoth(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, l *twoLevels){
		"with near's lease": func(*testing.T, *twoLevels) {},
		"without near's lease": func(t *testing.T, l *twoLevels) {
			t.Helper()
			mustLease(t, l.near, "k", ctxcache.NoExpiry)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTwoLevels(nil)
			layertest.MustSet(t, l.cache, "k", 1)
			prepare(t, l)
			lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
			if err := ctxcache.Drop(t.Context(), l.cache, "k", lease); err != nil {
				t.Fatal(err)
			}
			wantMiss(t, l.near, "k")
			wantMiss(t, l.far, "k")
			wantFree(t, l.near, "k")
			wantFree(t, l.far, "k")
			if err := ctxcache.Drop(t.Context(), l.cache, "k", lease); err != ctxcache.ErrLeaseLost {
				t.Errorf("a second Drop: %v, want ErrLeaseLost, bare", err)
			}
		})
	}
}

// TestDropLeavesNewer checks that Drop leaves values and leases that came after the lease was lost.
func TestDropLeavesNewer(t *testing.T) {
	l := newTwoLevels(nil)
	old := mustLease(t, l.cache, "k", 0)
	layertest.MustSet(t, l.cache, "k", 1)
	layertest.WantValue(t, l.cache, "k", 1) // and near has it, too
	newer := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
	if err := ctxcache.Drop(t.Context(), l.cache, "k", old); err != ctxcache.ErrLeaseLost {
		t.Errorf("Drop: %v, want ErrLeaseLost, bare", err)
	}
	layertest.WantValue(t, l.near, "k", 1)
	layertest.WantValue(t, l.far, "k", 1)
	if err := ctxcache.Fill(t.Context(), l.cache, "k", newer, ctxcache.NewEntry(2, time.Hour)); err != nil {
		t.Errorf("the newer holder's Fill: %v", err)
	}
	layertest.WantValue(t, l.near, "k", 2)
}

// TestDropForgetsOlderReads checks that callers that come after the drop do not join a far read from before it.
func TestDropForgetsOlderReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		layertest.MustSet(t, l.far, "k", 1)
		lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
		stall := l.farStall.Stall(farRead.Answers().First(1))
		early := make(chan int)
		go func() {
			got, _ := l.cache.Get(t.Context(), "k")
			early <- got
		}()
		<-stall.Arrived()
		if err := ctxcache.Drop(t.Context(), l.cache, "k", lease); err != nil {
			t.Fatal(err)
		}
		wantMiss(t, l.cache, "k")
		stall.Release()
		<-early
		wantMiss(t, l.cache, "k")
	})
}

// TestFailedFillIsMended checks that Drop removes the old value after a Fill that failed.
func TestFailedFillIsMended(t *testing.T) {
	l := newTwoLevels(nil)
	layertest.MustSet(t, l.cache, "k", 1)
	lease := mustLease(t, l.cache, "k", ctxcache.NoExpiry)
	l.farFault.Fail(errFar, cachetest.On(ctxcache.OpFill).First(1))
	if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(2, time.Hour)); !errors.Is(err, errFar) {
		t.Fatalf("Fill: %v", err)
	}
	wantMiss(t, l.near, "k")
	wantFree(t, l.near, "k")
	if err := ctxcache.Drop(t.Context(), l.cache, "k", lease); err != nil {
		t.Errorf("Drop: %v", err)
	}
	wantMiss(t, l.far, "k")
}

// TestFailedFillLeavesFarsLease checks that a second Fill succeeds after one that failed. Near's part has ended then.
func TestFailedFillLeavesFarsLease(t *testing.T) {
	l := newTwoLevels(nil)
	lease := mustLease(t, l.cache, "k", 0)
	l.farFault.Fail(errFar, cachetest.On(ctxcache.OpFill).First(1))
	for _, want := range []error{errFar, nil} {
		if err := ctxcache.Fill(t.Context(), l.cache, "k", lease, ctxcache.NewEntry(2, time.Hour)); !errors.Is(err, want) {
			t.Fatalf("Fill: %v, want %v", err, want)
		}
	}
	wantMiss(t, l.near, "k")
	layertest.WantValue(t, l.cache, "k", 2)
}
