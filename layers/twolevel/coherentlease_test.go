package twolevel_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestCoherentNotesAreInUseOnce checks that the use of a note begins before the grant and ends with the lease, and that
// it ends once, however often the holder ends the lease.
func TestCoherentNotesAreInUseOnce(t *testing.T) {
	type cache = *twolevel.Cache[string, int]
	entry := ctxcache.NewEntry(1, time.Hour)
	for name, end := range map[string]func(ctx context.Context, c cache, leases map[string]ctxcache.Lease) error{
		"Fill": func(ctx context.Context, c cache, leases map[string]ctxcache.Lease) error {
			return c.Fill(ctx, "k", leases["k"], entry)
		},
		"FillMany": func(ctx context.Context, c cache, leases map[string]ctxcache.Lease) error {
			return c.FillMany(ctx, map[string]ctxcache.Entry[int]{"k": entry}, leases)
		},
		"Fill with a default TTL": func(ctx context.Context, c cache, leases map[string]ctxcache.Lease) error {
			return c.Fill(ctx, "k", leases["k"], ctxcache.NewEntry(1, 0))
		},
		"Release": func(ctx context.Context, c cache, leases map[string]ctxcache.Lease) error {
			return c.Release(ctx, "k", leases["k"])
		},
		"ReleaseMany": func(ctx context.Context, c cache, leases map[string]ctxcache.Lease) error {
			return c.ReleaseMany(ctx, leases)
		},
		"Drop": func(ctx context.Context, c cache, leases map[string]ctxcache.Lease) error {
			return c.Drop(ctx, "k", leases["k"])
		},
	} {
		for _, lost := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					far := newNear()
					c := follows(t, newNear(), far, nil)
					leases := mustLeases(t, c, "k")
					if n := twolevel.Noting(c); n != 1 {
						t.Fatalf("%d uses of notes while a lease stands", n)
					}
					var want error
					if lost {
						layertest.MustSet(t, far, "k", 2)
						synctest.Wait() // and near's part has run out, too
						want = ctxcache.ErrLeaseLost
					}
					for range 2 {
						if err := ctxcache.KeyError(end(t.Context(), c, leases), "k"); err != want {
							t.Errorf("%s = %v, want %v", name, err, want)
						}
						want = ctxcache.ErrLeaseLost
						_ = c.Release(t.Context(), "k", leases["k"])
						if n := twolevel.Noting(c); n != 0 {
							t.Errorf("%d uses of notes after the end of the lease", n)
						}
					}
				})
			})
		}
	}
}

// TestCoherentNotesOfReadsAndWrites checks that the uses of notes end, whatever happens.
func TestCoherentNotesOfReadsAndWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := newNear()
		c := follows(t, newNear(), far, nil)
		for _, way := range layertest.SetWays[int]() {
			if err := way.Write(t.Context(), c, way.Name, ctxcache.NewEntry(1, time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		for _, way := range layertest.ReadWays[int]() {
			if _, err := way.Read(t.Context(), c, "none"); err != ctxcache.ErrMiss {
				t.Errorf("%s: %v", way.Name, err)
			}
			layertest.MustSet(t, far, way.Name, 1)
			synctest.Wait()
			if _, err := way.Read(t.Context(), c, way.Name); err != nil {
				t.Errorf("%s: %v", way.Name, err)
			}
			if _, err := way.Read(t.Context(), c, way.Name); err != nil {
				t.Errorf("%s: %v", way.Name, err)
			}
		}
		if n := twolevel.Noting(c); n != 0 {
			t.Errorf("%d uses of notes, of %d", n, twolevel.Noted(c))
		}
	})
}

// TestCoherentLeaseUnwatched checks that far's lease alone is enough while far cannot be watched, and that near is not
// filled then.
func TestCoherentLeaseUnwatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, near := newNear(), newNear()
		faulty := &watchFaults{Forward: ctxcache.NewForward(far, ctxcache.Description{Kind: "faulty"})}
		c := follows(t, near, faulty, nil)
		faulty.set(errWatch)
		synctest.Wait()
		leases := mustLeases(t, c, "k", "l")
		if err := c.FillMany(t.Context(), entriesOf(1, "k"), leases); err != nil {
			t.Fatal(err)
		}
		if err := c.Release(t.Context(), "l", leases["l"]); err != nil {
			t.Fatal(err)
		}
		wantMiss(t, near, "k")
		layertest.WantValue(t, far, "k", 1)
		wantFree(t, far, "l")
	})
}
