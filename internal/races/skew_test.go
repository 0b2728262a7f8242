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

// served are the stores that processes share by a server.
var served = slices.DeleteFunc(slices.Clone(allStores), func(s store) bool { return s.server == nil })

// slow calls f in a bubble, whose clock is decades behind that of the server and of the other nodes, with a node that
// lives there, and with a way to do something outside.
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

// TestRace06_ClockSkew: the clock of one node is far ahead of that of another; the first one writes, and then the
// second. What is last is what came last to the server, whatever the clocks of the nodes say.
func TestRace06_ClockSkew(t *testing.T) {
	stamped := naive.but(func(d *design) {
		d.over = func(c cache) cache { return lastWriteWins{ctxcache.NewForward(c)} }
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

// TestRace06_LeasesAcrossClocks: a node whose clock is decades behind takes a lease. For the others it stands, for
// its time is the server's; and what it stored is theirs.
func TestRace06_LeasesAcrossClocks(t *testing.T) {
	byClock := naive.but(func(d *design) {
		d.over = func(c cache) cache { return clockLeases{ctxcache.NewForward(c)} }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		ahead := s.node()
		var second ctxcache.Lease[string]
		err := s.slow(func(there context.Context, n *node, outside func(func() error) error) error {
			_, lease, err := ctxcache.GetLease(there, n.cache, key, 0)
			if err != ctxcache.ErrMiss || lease == nil {
				return fmt.Errorf("no lease on an absent key: %w", err)
			}
			err = outside(func() (err error) {
				if _, second, err = ctxcache.GetLease(ctx, ahead.cache, key, 0); second != nil {
					return second.Release(ctx)
				}
				return err
			})
			if err != nil && err != ctxcache.ErrMiss {
				return err
			}
			err = lease.Fill(there, ctxcache.Entry[string]{Value: "new", TTL: time.Hour})
			return errors.Join(err, lease.Release(there))
		})
		if err != nil {
			return "", err
		}
		if second != nil {
			return "two nodes have the lease at a time", nil
		}
		return wantNew(ctx, ahead)
	}).against(t, served, byClock)
}

// clockLeases grants leases that stand until a moment by the clock of the holder. The next one compares it with its own.
type clockLeases struct {
	ctxcache.Forward[string, string]
}

type clockLease struct {
	cache clockLeases
	key   string
}

const (
	clockLeaseTTL   = 10 * time.Second
	clockLeaseUntil = "until "
)

func (c clockLeases) GetLease(
	ctx context.Context, key string, _ time.Duration,
) (e ctxcache.Entry[string], _ ctxcache.Lease[string], err error) {
	marker, err := c.Get(ctx, clockLeaseUntil+key)
	if err != nil && err != ctxcache.ErrMiss {
		return e, nil, err
	}
	if until, _ := time.Parse(time.RFC3339, marker); time.Now().Before(until) {
		return e, nil, ctxcache.ErrMiss
	}
	until := time.Now().Add(clockLeaseTTL).Format(time.RFC3339)
	if err := c.Set(ctx, clockLeaseUntil+key, until, time.Hour); err != nil {
		return e, nil, err
	}
	return e, clockLease{c, key}, ctxcache.ErrMiss
}

func (l clockLease) Fill(ctx context.Context, e ctxcache.Entry[string]) error {
	return l.cache.SetEntry(ctx, l.key, e)
}

func (l clockLease) Release(ctx context.Context) error {
	return l.cache.Delete(ctx, clockLeaseUntil+l.key)
}
