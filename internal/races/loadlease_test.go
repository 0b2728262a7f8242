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

// bounding limits the time that a call for a lease may take, as many layers do. It cancels the context of the call when
// the call has returned.
type bounding struct {
	ctxcache.Forward[string, string]
}

func (c *bounding) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	return c.Forward.GetLease(ctx, key, refreshBelow)
}

// callLeases takes the call of GetLease for the load that the lease is for.
type callLeases struct {
	ctxcache.Forward[string, string]
}

func (c *callLeases) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease, error) {
	return c.Forward.GetLease(ctxcache.ForLoad(ctx, ctx), key, refreshBelow)
}

// TestRace33_BoundedGrant: a layer bounds the call for the lease, and cancels its context. Then the load takes three times
// as long as a lease stands that nobody renews. Its value must be stored.
func TestRace33_BoundedGrant(t *testing.T) {
	t.Parallel() // waits for seconds for the servers
	double := leased.but(func(d *design) {
		d.over = func(c cache) cache { return &callLeases{forward(c)} }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		n, other := s.nodeOf(memory.New[string, string](nil), s.brief()), s.node()
		for {
			violation, err := boundedGrant(ctx, s, n, other)
			if err != errStalled {
				return violation, err
			}
		}
	}).against(t, allStores, double)
}

// errStalled reports that this process had no time to renew its leases, so nothing follows from a lost one.
var errStalled = errors.New("the process stalled")

// boundedGrant loads once through a layer that bounds the call for the lease. A second lease, on another key, is renewed
// whatever layers do. If it is lost all the same, boundedGrant returns errStalled.
func boundedGrant(ctx context.Context, s *stack, n, other *node) (violation string, err error) {
	const control = "control"
	_, renewed, err := ctxcache.GetLease(ctx, n.cache, control, 0)
	if err != ctxcache.ErrMiss || !renewed.Granted() {
		return "", fmt.Errorf("no lease on an absent key: %w", err)
	}
	origin := newSource("value")
	f := n.design.function(&bounding{forward(n.cache)}, origin.load, nil)
	call := async(func() (string, error) { return f.Get(ctx, key) })
	load, err := await(ctx, "the load", origin.loads)
	if err != nil {
		return "", err
	}
	if err := s.pass(ctx, other.cache, 3*s.briefly()); err != nil {
		return "", err
	}
	load.release()
	if r, err := await(ctx, "the value", call); err != nil || r.err != nil || r.value != "value" {
		return "", fmt.Errorf("the load returned %v, %w", r, err)
	}
	value, err := n.cache.Get(ctx, key)
	stands := ctxcache.Release(ctx, n.cache, control, renewed)
	switch {
	case err == ctxcache.ErrMiss && stands == ctxcache.ErrLeaseLost:
		return "", errStalled
	case err == ctxcache.ErrMiss && stands == nil:
		return "the value of the load is not stored", nil
	case err != nil || stands != nil || value != "value":
		return "", fmt.Errorf("Get returned %q, %w, and Release %w", value, err, stands)
	}
	return "", nil
}

// briefly is how long the leases of brief stand if nobody renews them.
func (s store) briefly() time.Duration {
	switch {
	case s.server == nil:
		return time.Minute
	case s.noClear:
		return time.Second
	default:
		return 100 * time.Millisecond
	}
}

// pass waits until d has passed on the clock of the store, which c uses.
func (s store) pass(ctx context.Context, c cache, d time.Duration) error {
	const clock = "clock"
	if err := c.Set(ctx, clock, "", d); err != nil {
		return err
	}
	again := time.NewTicker(s.while())
	defer again.Stop()
	for {
		if _, err := c.Get(ctx, clock); err != nil {
			return ignoreMiss(err)
		}
		if _, err := await(ctx, "the time", again.C); err != nil {
			return err
		}
	}
}
