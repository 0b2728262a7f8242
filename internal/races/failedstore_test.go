package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// carelessRefresh answers with what it has loaded, whether or not the cache took it.
type carelessRefresh struct{ *naiveFunction }

func (f carelessRefresh) Refresh(ctx context.Context, key string) (string, error) {
	value, err := f.load(ctx, key)
	if err == nil {
		_ = f.cache.Set(ctx, key, value, 0)
	}
	return value, err
}

// deletingDrops takes away whatever is there.
type deletingDrops struct {
	ctxcache.Forward[string, string]
}

func (c *deletingDrops) Drop(ctx context.Context, key string, _ ctxcache.Lease) error {
	return c.Delete(ctx, key)
}

// stores are the ways in which a function stores a value.
var stores = cachetest.On(ctxcache.OpFill, ctxcache.OpFillMany, ctxcache.OpSet)

// TestRace34_FailedStore: a refresh answers with the new value, but the store did not take it. Nobody may read the old
// value any more.
func TestRace34_FailedStore(t *testing.T) {
	double := naive.but(func(d *design) {
		d.function = func(c cache, load loader, _ *cached.Options) function {
			return carelessRefresh{newNaiveFunction(c, load)}
		}
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		n := s.node()
		if err := n.cache.Set(ctx, key, "old", time.Hour); err != nil {
			return "", err
		}
		origin := newSource("new")
		origin.free()
		f := n.function(origin.load)
		n.store.faults.Fail(errFar, stores)
		if value, err := f.Refresh(ctx, key); err != nil || value != "new" {
			return "", fmt.Errorf("Refresh returned %q, %w", value, err)
		}
		if err := f.Close(ctx); err != nil { // everything that goes on behind has ended
			return "", err
		}
		n.store.faults.Heal()
		for _, n := range []*node{n, s.node()} {
			if value, err := n.cache.Get(ctx, key); value == "old" {
				return "after a Refresh that succeeded, Get returns the old value", nil
			} else if err != nil && err != ctxcache.ErrMiss {
				return "", err
			}
		}
		return "", nil
	}).against(t, allStores, double)
}

// TestRace34_FailedStoreSparesNewerValue: during a load, another process deletes the key and stores a newer value. Then the
// store of the load fails. What takes the old value away must not take the newer one.
func TestRace34_FailedStoreSparesNewerValue(t *testing.T) {
	double := leased.but(func(d *design) {
		d.over = func(c cache) cache { return &deletingDrops{forward(c)} }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		n, other := s.node(), s.node()
		origin := newSource("old")
		f := n.function(origin.load)
		call := async(func() (string, error) { return f.Get(ctx, key) })
		load, err := await(ctx, "the load", origin.loads)
		if err != nil {
			return "", err
		}
		if err := other.cache.Delete(ctx, key); err != nil {
			return "", err
		}
		origin.change(reply{value: "new"})
		origin.free()
		if value, err := other.function(origin.load).Get(ctx, key); err != nil || value != "new" {
			return "", fmt.Errorf("the other process loaded %q, %w", value, err)
		}
		n.store.faults.Fail(errFar, stores)
		load.release()
		if r, err := await(ctx, "the call", call); err != nil || r.err != nil || r.value != "old" {
			return "", fmt.Errorf("the call returned %v, %w", r, errors.Join(err, r.err))
		}
		if err := f.Close(ctx); err != nil {
			return "", err
		}
		n.store.faults.Heal()
		switch value, err := s.node().cache.Get(ctx, key); {
		case err == ctxcache.ErrMiss:
			return "the value that another process has stored is gone", nil
		case err != nil:
			return "", err
		case value != "new":
			return fmt.Sprintf("Get returns %q after a newer value was stored", value), nil
		}
		return "", nil
	}).against(t, allStores, double)
}
