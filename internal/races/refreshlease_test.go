package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// TestRace21_RefreshLeaseRunsOut: the holder of a refresh's lease stalls, so the lease is not renewed. Another holder gets
// a lease on the same value, and stores a newer one. Then the first holder wants to fill.
func TestRace21_RefreshLeaseRunsOut(t *testing.T) {
	t.Parallel() // waits for the servers
	careless := leased.but(func(d *design) { d.over = unfence })
	race(func(ctx context.Context, s *stack) (string, error) {
		stalled, second := s.nodeOf(memory.New[string, string](nil), s.brief()), s.node()
		if err := stalled.cache.Set(ctx, key, "oldest", time.Hour); err != nil {
			return "", err
		}
		here, stall := context.WithCancel(ctx)
		defer stall()
		_, lease, err := ctxcache.GetLease(here, stalled.cache, key, ctxcache.NoExpiry)
		if err != nil || !lease.Granted() {
			return "", fmt.Errorf("no lease for a refresh: %w", err)
		}
		stall() // ends the renewal
		for {
			_, other, err := ctxcache.GetLease(ctx, second.cache, key, ctxcache.NoExpiry)
			if err != nil {
				return "", err
			}
			if other.Granted() {
				if err := ctxcache.Fill(ctx, second.cache, key, other, ctxcache.NewEntry("new", time.Hour)); err != nil {
					return "", err
				}
				break
			}
			if err := pass(ctx, s.while()); err != nil {
				return "", err
			}
		}
		late := ctxcache.Fill(ctx, stalled.cache, key, lease, ctxcache.NewEntry("old", time.Hour))
		if err := errors.Join(ignoreLost(late), ignoreLost(ctxcache.Release(ctx, stalled.cache, key, lease))); err != nil {
			return "", err
		}
		return wantNew(ctx, s.node())
	}).against(t, allStores, careless)
}
