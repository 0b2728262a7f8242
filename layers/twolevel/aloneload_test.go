package twolevel_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestAloneFillNeedsItsOutage checks that near does not take the value of a load if the outage in which the load began is
// over, even if there is another one, and that the key can be loaded again.
func TestAloneFillNeedsItsOutage(t *testing.T) {
	for _, another := range []bool{false, true} {
		for _, many := range []bool{false, true} {
			l, _ := newResilient()
			l.farFault.Fail(errFar, cachetest.On())
			lease := mustLease(t, l.cache, "k", 0)
			l.farFault.Heal()
			wantMiss(t, l.cache, "other") // far answers
			if another {
				l.farFault.Fail(errFar, cachetest.On())
				wantMiss(t, l.cache, "another")
			}
			if err := fill(t, l.cache, lease, many); err != ctxcache.ErrLeaseLost {
				t.Errorf("Fill after the outage = %v, want ErrLeaseLost, bare", err)
			}
			wantMiss(t, l.near, "k")
			wantFree(t, l.near, "k")
			_ = ctxcache.Close(l.cache)
		}
	}
}

// fill fills the key k with 1, by Fill or by FillMany, and returns the error of the key.
func fill(t *testing.T, c intCache, lease ctxcache.Lease, many bool) error {
	e := ctxcache.NewEntry(1, time.Hour)
	if !many {
		return ctxcache.Fill(t.Context(), c, "k", lease, e)
	}
	return ctxcache.KeyError(ctxcache.FillMany(t.Context(), c, map[string]ctxcache.Entry[int]{"k": e}, map[string]ctxcache.Lease{"k": lease}), "k")
}

// TestAloneFillLooksAgain checks that near does not keep a value if the outage ends while near is being filled, by a load
// or by a write.
func TestAloneFillLooksAgain(t *testing.T) {
	fills := map[string]func(t *testing.T, c intCache) error{
		"Fill":     func(t *testing.T, c intCache) error { return fill(t, c, mustLease(t, c, "k", 0), false) },
		"FillMany": func(t *testing.T, c intCache) error { return fill(t, c, mustLease(t, c, "k", 0), true) },
	}
	for _, way := range writesOver[int]() {
		fills[way.Name] = func(t *testing.T, c intCache) error {
			return way.Write(t.Context(), c, "k", ctxcache.NewEntry(1, time.Hour))
		}
	}
	for name, write := range fills {
		t.Run(name, func(t *testing.T) {
			store, faults := cachetest.Failing(newNear())
			near := newNear()
			var c *twolevel.Cache[string, int]
			far := cachetest.Hooked(near, cachetest.Hook[string]{Before: func(ctx context.Context, call cachetest.Call[string]) error {
				if call.Operation == ctxcache.OpFill || call.Operation == ctxcache.OpFillMany {
					faults.Heal()
					_, _ = c.Get(ctx, "other")                                    // far answers a read
					_ = c.Delete(ctx, "other")                                    // and a write
					faults.Fail(errFar, cachetest.On(ctxcache.OpGet).First(1000)) // no more than that
				}
				return nil
			}})
			c = twolevel.New(far, store, &twolevel.Options{Resilient: true})
			defer c.Close()
			faults.Fail(errFar, cachetest.On())
			err := write(t, c)
			if lost := name == "Fill" || name == "FillMany"; lost && err != ctxcache.ErrLeaseLost || !lost && err != nil {
				t.Errorf("%s = %v", name, err)
			}
			wantMiss(t, near, "k")
			wantFree(t, near, "k")
		})
	}
}

// TestLoadFromBeforeTheOutage checks that near does not take the value of a load that has far's lease: it began before
// far failed.
func TestLoadFromBeforeTheOutage(t *testing.T) {
	for _, many := range []bool{false, true} {
		l, _ := newResilient()
		lease := mustLease(t, l.cache, "k", 0)
		if lease.Local() {
			t.Fatal("the lease is local")
		}
		l.farFault.Fail(errFar, cachetest.On())
		if err := fill(t, l.cache, lease, many); err != nil {
			t.Errorf("Fill = %v", err)
		}
		wantMiss(t, l.near, "k")
		_ = ctxcache.Close(l.cache)
	}
}

// TestLocalLeaseIsExact checks that a change of this process ends a local lease, and that the ends of a lease work.
func TestLocalLeaseIsExact(t *testing.T) {
	for _, many := range []bool{false, true} {
		l, _ := newResilient()
		l.farFault.Fail(errFar, cachetest.On())
		for name, change := range map[string]func() error{
			"Set":    func() error { return l.cache.Set(t.Context(), "k", 2, time.Hour) },
			"Delete": func() error { return l.cache.Delete(t.Context(), "k") },
			"Clear":  func() error { return ctxcache.Clear(t.Context(), l.cache) },
		} {
			ends := map[string]func(ctxcache.Lease) error{
				"Fill":    func(lease ctxcache.Lease) error { return fill(t, l.cache, lease, many) },
				"Release": func(lease ctxcache.Lease) error { return release(t, l.cache, lease, many) },
				"Drop":    func(lease ctxcache.Lease) error { return ctxcache.Drop(t.Context(), l.cache, "k", lease) },
			}
			for end, do := range ends {
				if err := l.cache.Delete(t.Context(), "k"); err != nil {
					t.Fatal(err)
				}
				lease := mustLease(t, l.cache, "k", 0)
				if err := change(); err != nil {
					t.Fatal(err)
				}
				before, missed := l.near.Get(t.Context(), "k")
				if err := do(lease); err != ctxcache.ErrLeaseLost {
					t.Errorf("%s after %s = %v, want ErrLeaseLost", end, name, err)
				}
				if after, err := l.near.Get(t.Context(), "k"); after != before || err != missed {
					t.Errorf("%s after %s: near has %v, %v, want %v, %v", end, name, after, err, before, missed)
				}
				if err := l.cache.Delete(t.Context(), "k"); err != nil {
					t.Fatal(err)
				}
				if err := do(mustLease(t, l.cache, "k", 0)); err != nil {
					t.Errorf("%s = %v", end, err)
				}
				wantFree(t, l.near, "k")
			}
		}
		_ = ctxcache.Close(l.cache)
	}
}
