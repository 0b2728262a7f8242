package races_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// served are the stores that processes share through a server.
var served = slices.DeleteFunc(slices.Clone(allStores), func(s store) bool { return s.server == nil })

// slow calls f in a bubble. Its clock is decades behind the clocks of the server and of the other nodes. The node lives
// in the bubble. The function outside runs something outside of it.
func (s *stack) slow(f func(ctx context.Context, n *node, outside func(func() error) error) error) (err error) {
	calls, answers := make(chan func() error), make(chan error)
	go func() {
		for call := range calls {
			answers <- call()
		}
	}()
	defer close(calls)
	s.t.Run("slow", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			there := *s
			there.shared = func() cache { return s.on(t) }
			err = f(t.Context(), there.node(), func(call func() error) error {
				calls <- call
				return <-answers
			})
		})
	})
	return err
}

// TestRace06_ClockSkew: a node's clock is far ahead of another node's clock. It writes first, and then the other node
// writes. The write that reaches the server last must win, whatever the clocks say.
func TestRace06_ClockSkew(t *testing.T) {
	stamped := naive.but(func(d *design) {
		d.over = func(c cache) cache { return &lastWriteWins{forward(c)} }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		ahead := s.node()
		if err := ahead.cache.Set(ctx, key, "old", time.Hour); err != nil {
			return "", err
		}
		err := s.slow(func(ctx context.Context, n *node, _ func(func() error) error) error {
			return n.cache.Set(ctx, key, "new", time.Hour)
		})
		if err != nil {
			return "", err
		}
		return wantNew(ctx, s.node())
	}).against(t, served, stamped)
}

// TestRace06_LeasesAcrossClocks: a node whose clock is decades behind takes a lease. The lease must stand for the other
// nodes, because its time is the server's. They must also see the value that the node stores.
func TestRace06_LeasesAcrossClocks(t *testing.T) {
	byClock := naive.but(func(d *design) {
		d.over = func(c cache) cache { return &clockLeases{forward(c)} }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		ahead := s.node()
		var second ctxcache.Lease
		err := s.slow(func(there context.Context, n *node, outside func(func() error) error) error {
			_, lease, err := ctxcache.GetLease(there, n.cache, key, 0)
			if err != ctxcache.ErrMiss || !lease.Granted() {
				return fmt.Errorf("no lease on an absent key: %w", err)
			}
			err = outside(func() (err error) {
				if _, second, err = ctxcache.GetLease(ctx, ahead.cache, key, 0); second.Granted() {
					return ctxcache.Release(ctx, ahead.cache, key, second)
				}
				return err
			})
			if err != nil && err != ctxcache.ErrMiss {
				return err
			}
			return ctxcache.Fill(there, n.cache, key, lease, ctxcache.NewEntry("new", time.Hour))
		})
		if err != nil {
			return "", err
		}
		if second.Granted() {
			return "two nodes hold the lease at the same time", nil
		}
		return wantNew(ctx, ahead)
	}).against(t, served, byClock)
}

// clockLeases grants leases that stand until a time on the holder's clock. Other nodes compare that time with their own
// clocks.
type clockLeases struct {
	ctxcache.Forward[string, string]
}

const (
	clockLeaseTTL   = 10 * time.Second
	clockLeaseUntil = "until "
)

func (c *clockLeases) GetLease(
	ctx context.Context, key string, _ time.Duration,
) (e ctxcache.Entry[string], _ ctxcache.Lease, err error) {
	marker, err := c.Get(ctx, clockLeaseUntil+key)
	if err != nil && err != ctxcache.ErrMiss {
		return e, ctxcache.Lease{}, err
	}
	if until, _ := time.Parse(time.RFC3339, marker); time.Now().Before(until) {
		return e, ctxcache.NoLease(ctxcache.Loading), ctxcache.ErrMiss
	}
	until := time.Now().Add(clockLeaseTTL).Format(time.RFC3339)
	if err := c.Set(ctx, clockLeaseUntil+key, until, time.Hour); err != nil {
		return e, ctxcache.Lease{}, err
	}
	return e, ctxcache.NewLease(key), ctxcache.ErrMiss
}

func (c *clockLeases) Fill(ctx context.Context, key string, _ ctxcache.Lease, e ctxcache.Entry[string]) error {
	return errors.Join(c.SetEntry(ctx, key, e), c.Delete(ctx, clockLeaseUntil+key))
}

func (c *clockLeases) Release(ctx context.Context, key string, _ ctxcache.Lease) error {
	return c.Delete(ctx, clockLeaseUntil+key)
}
