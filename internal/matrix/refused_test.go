package matrix_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// TestLeasesAreRefused: where the server lacks what leases need, the grant fails, and its error names what is missing. A
// later call would be too late: the load would have run, and its value would be lost. What needs no lease works.
func TestLeasesAreRefused(t *testing.T) {
	for _, lacking := range []struct {
		name, missing string
		start         func(t *testing.T) store
	}{
		{"Redis without scripts", "scripts", func(t *testing.T) store {
			return store{open: opener(redistest.Start(t, without(scripts...)...).Client(t), rediscache.Options{})}
		}},
		{"Memcached without CAS", "CAS", func(t *testing.T) store {
			return inMemcached(memcachedtest.Start(t, "-C"), memcached.Options{})
		}},
	} {
		t.Run(lacking.name, func(t *testing.T) {
			t.Parallel()
			ctx, c := t.Context(), lacking.start(t).part(t)
			refused := func(what string, err error, lease ctxcache.Lease) {
				t.Helper()
				if err == nil || err == ctxcache.ErrMiss || !strings.Contains(err.Error(), lacking.missing) {
					t.Errorf("%s: %v, want an error that names %s", what, err, lacking.missing)
				}
				if lease.Granted() {
					t.Errorf("%s grants a lease", what)
				}
			}
			_, lease, err := ctxcache.GetLease(ctx, c, "key", 0)
			refused("GetLease of an absent key", err, lease)
			_, leases, err := ctxcache.GetLeases(ctx, c, []string{"key", "other"}, 0)
			refused("GetLeases of absent keys", err, leases["key"])

			must(t, c.Set(ctx, "key", []byte("value"), time.Hour)) // no marker is in the way
			if got, err := c.Get(ctx, "key"); err != nil || string(got) != "value" {
				t.Errorf("Get after Set: %q, %v", got, err)
			}
			_, lease, err = ctxcache.GetLease(ctx, c, "key", ctxcache.NoExpiry)
			refused("GetLease of a present key", err, lease)
			must(t, c.Delete(ctx, "key"))
			if _, err := c.Get(ctx, "key"); !errors.Is(err, ctxcache.ErrMiss) {
				t.Errorf("Get after Delete: %v", err)
			}
		})
	}
}
