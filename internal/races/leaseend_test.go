package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// brief returns the store as a process sees it whose leases end as soon as they can.
func (s *stack) brief() cache {
	switch {
	case s.server == nil:
		return s.shared()
	case s.noClear:
		c, err := memcached.Open(memcachedtest.Shared(s.t).Addr, &memcached.Options{Prefix: s.prefix, LeaseTTL: time.Second})
		if err != nil {
			s.t.Fatal(err)
		}
		return texts(closed(s.t, c))
	default:
		opts := &rediscache.Options{Prefix: s.prefix, LeaseTTL: 100 * time.Millisecond}
		return texts(closed(s.t, rediscache.New(redistest.Shared(s.t).Client(s.t), opts)))
	}
}

// TestRace21_LeaseRunsOut: a holder stalls for longer than its lease, and is no more there to renew it. Another one
// gets the lease, loads what is newer, and stores it. Then the first one wants to store what it has. Or nobody came
// meanwhile: it is too late all the same.
func TestRace21_LeaseRunsOut(t *testing.T) {
	t.Parallel() // it waits for seconds of a server
	careless := leased.but(func(d *design) { d.over = unfence })
	for name, second := range map[string]bool{"another holder": true, "no other holder": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			race(func(ctx context.Context, s *stack) (string, error) {
				stalled, other := s.nodeOf(memory.New[string, string](nil), s.brief()), s.node()
				here, stall := context.WithCancel(ctx)
				defer stall()
				_, lease, err := ctxcache.GetLease(here, stalled.cache, key, 0)
				if err != ctxcache.ErrMiss || lease == nil {
					return "", fmt.Errorf("no lease on an absent key: %w", err)
				}
				stall() // which ends the renewal
				if err := takeOver(ctx, other, s.while(), second); err != nil {
					return "", err
				}
				late := lease.Fill(ctx, ctxcache.Entry[string]{Value: "old", TTL: time.Hour})
				if err := errors.Join(ignoreLost(late), lease.Release(ctx)); err != nil {
					return "", err
				}
				value, err := s.node().cache.Get(ctx, key)
				if second && (value != "new" || err != nil) || !second && err != ctxcache.ErrMiss {
					return fmt.Sprintf("the late Fill is stored: %q, %v", value, err), nil
				}
				if late != ctxcache.ErrLeaseLost {
					return fmt.Sprintf("the late Fill says %v", late), nil
				}
				return "", nil
			}).against(t, allStores, careless)
		})
	}
}

// takeOver waits until the lease has run out, and then stores by another one, or just gives it back.
func takeOver(ctx context.Context, n *node, while time.Duration, store bool) error {
	for {
		_, lease, err := ctxcache.GetLease(ctx, n.cache, key, 0)
		switch {
		case err != ctxcache.ErrMiss:
			return fmt.Errorf("the lease of a holder that stalls: %w", err)
		case lease == nil:
			if err := pass(ctx, while); err != nil {
				return err
			}
		case store:
			err := lease.Fill(ctx, ctxcache.Entry[string]{Value: "new", TTL: time.Hour})
			return errors.Join(err, lease.Release(ctx))
		default:
			return lease.Release(ctx)
		}
	}
}

// pass lets a while go by, of a bubble or of a server.
func pass(ctx context.Context, while time.Duration) error {
	select {
	case <-time.After(while):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
