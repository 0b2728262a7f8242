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

// brief returns the store as a process sees it whose leases run out as soon as possible.
func (s *stack) brief() cache {
	switch {
	case s.server == nil:
		return s.shared()
	case s.noClear:
		c, err := memcached.Open(memcachedtest.Shared(s.t).Addr, &memcached.Options{
			Prefix: s.prefix, LeaseTTL: time.Second, Timeout: memcachedtest.Patience,
			ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience,
		})
		if err != nil {
			s.t.Fatal(err)
		}
		return texts(closed(s.t, c))
	default:
		opts := &rediscache.Options{
			Prefix: s.prefix, LeaseTTL: 100 * time.Millisecond,
			ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
		}
		return texts(closed(s.t, rediscache.New(redistest.Shared(s.t).Client(s.t), opts)))
	}
}

// TestRace21_LeaseRunsOut: a holder stalls for longer than its lease, so the lease is not renewed. Another holder gets
// the lease, loads a newer value, and stores it. Then the first holder wants to fill. It is too late even if there was
// no other holder.
func TestRace21_LeaseRunsOut(t *testing.T) {
	t.Parallel() // waits for seconds for the servers
	careless := leased.but(func(d *design) { d.over = unfence })
	for name, second := range map[string]bool{"another holder": true, "no other holder": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			race(func(ctx context.Context, s *stack) (string, error) {
				stalled, other := s.nodeOf(memory.New[string, string](nil), s.brief()), s.node()
				here, stall := context.WithCancel(ctx)
				defer stall()
				_, lease, err := ctxcache.GetLease(here, stalled.cache, key, 0)
				if err != ctxcache.ErrMiss || !lease.Granted() {
					return "", fmt.Errorf("no lease on an absent key: %w", err)
				}
				stall() // ends the renewal
				if err := takeOver(ctx, other, s.while(), second); err != nil {
					return "", err
				}
				late := ctxcache.Fill(ctx, stalled.cache, key, lease, ctxcache.NewEntry("old", time.Hour))
				if err := errors.Join(ignoreLost(late), ignoreLost(ctxcache.Release(ctx, stalled.cache, key, lease))); err != nil {
					return "", err
				}
				value, err := s.node().cache.Get(ctx, key)
				if second && (value != "new" || err != nil) || !second && err != ctxcache.ErrMiss {
					return fmt.Sprintf("after the late Fill, Get returns %q, %v", value, err), nil
				}
				if late != ctxcache.ErrLeaseLost {
					return fmt.Sprintf("the late Fill returns %v, want ErrLeaseLost", late), nil
				}
				return "", nil
			}).against(t, allStores, careless)
		})
	}
}

// takeOver waits until the lease has run out. Then it takes another lease, and fills or releases it.
func takeOver(ctx context.Context, n *node, while time.Duration, store bool) error {
	for {
		_, lease, err := ctxcache.GetLease(ctx, n.cache, key, 0)
		switch {
		case err != ctxcache.ErrMiss:
			return fmt.Errorf("GetLease while another holder stalls: %w", err)
		case !lease.Granted():
			if err := pass(ctx, while); err != nil {
				return err
			}
		case store:
			return ctxcache.Fill(ctx, n.cache, key, lease, ctxcache.NewEntry("new", time.Hour))
		default:
			return ctxcache.Release(ctx, n.cache, key, lease)
		}
	}
}

// pass waits for a while, in a bubble's time or in real time.
func pass(ctx context.Context, while time.Duration) error {
	select {
	case <-time.After(while):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
