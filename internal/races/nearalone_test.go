package races_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// naiveAlone hides that far is down, and works with near meanwhile. When far is back, it repeats the writes that far has
// missed.
type naiveAlone struct {
	ctxcache.Forward[string, string] // near
	far                              cache
	missed                           map[string]*string // nil: a deletion
}

func (c *naiveAlone) Get(ctx context.Context, key string) (string, error) {
	value, err := c.Forward.Get(ctx, key)
	if err != ctxcache.ErrMiss {
		return value, err
	}
	if value, err = c.far.Get(ctx, key); err == nil {
		return value, c.Forward.Set(ctx, key, value, 0)
	}
	return "", ctxcache.ErrMiss
}

func (c *naiveAlone) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := c.far.Set(ctx, key, value, ttl); err != nil {
		c.missed[key] = &value
	}
	return c.Forward.Set(ctx, key, value, ttl)
}

func (c *naiveAlone) Delete(ctx context.Context, key string) error {
	if err := c.far.Delete(ctx, key); err != nil {
		c.missed[key] = nil
	}
	return c.Forward.Delete(ctx, key)
}

// replay repeats what far has missed.
func (c *naiveAlone) replay(ctx context.Context) error {
	for key, value := range c.missed {
		delete(c.missed, key)
		if value == nil {
			if err := c.far.Delete(ctx, key); err != nil {
				return err
			}
		} else if err := c.far.Set(ctx, key, *value, 0); err != nil {
			return err
		}
	}
	return nil
}

// outageNode is a node with two levels, whose far can be made to fail. Far is shared.
type outageNode struct {
	cache  cache
	far    cache
	faults *cachetest.Faults
	settle func(context.Context) error // lets the replay end, once far works again
}

// aloneRace runs a race on two levels that are resilient, which must hold, and on the naive ones, which must not. The race
// returns the value that was read at its end.
func aloneRace(t *testing.T, run func(ctx context.Context, n outageNode) (string, error), bad string) {
	open := func() (cache, cache, *cachetest.Faults) {
		far := cache(memory.New[string, string](nil))
		failing, faults := cachetest.Failing(far)
		return far, failing, faults
	}
	t.Run("resilient", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			far, failing, faults := open()
			c := twolevel.New(memory.New[string, string](nil), failing, &twolevel.Options{Resilient: true})
			defer c.Close()
			if got, err := run(t.Context(), outageNode{c, far, faults, func(context.Context) error {
				time.Sleep(10 * time.Second) // longer than the longest pause of the replay
				return nil
			}}); got == bad || err != nil && err != ctxcache.ErrMiss {
				t.Errorf("%q, %v", got, err)
			}
		})
	})
	t.Run("naive", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			far, failing, faults := open()
			near := ctxcache.NewForward[string, string](memory.New[string, string](nil), ctxcache.Description{})
			c := &naiveAlone{near, failing, make(map[string]*string)}
			if got, err := run(t.Context(), outageNode{c, far, faults, c.replay}); got != bad || err != nil {
				t.Errorf("the naive levels got %q, %v: the race did not happen", got, err)
			}
		})
	})
}

// TestRace36_DeletedInAnOutage: a node deletes a key while far is down. Far is back, and has the value. The node must not
// read it.
func TestRace36_DeletedInAnOutage(t *testing.T) {
	aloneRace(t, func(ctx context.Context, n outageNode) (string, error) {
		if err := n.far.Set(ctx, key, "old", time.Hour); err != nil {
			return "", err
		}
		n.faults.Fail(errSource, cachetest.On())
		if err := n.cache.Delete(ctx, key); err != nil {
			return "", err
		}
		n.faults.Heal()
		return n.cache.Get(ctx, key)
	}, "old")
}

// TestRace36_ReplayOfAnOldValue: a node sets a value while far is down for it, and another node sets a newer one. When far
// is back for the first node, its replay must not overwrite the newer value.
func TestRace36_ReplayOfAnOldValue(t *testing.T) {
	aloneRace(t, func(ctx context.Context, n outageNode) (string, error) {
		n.faults.Fail(errSource, cachetest.On())
		if err := n.cache.Set(ctx, key, "old", time.Hour); err != nil {
			return "", err
		}
		if err := n.far.Set(ctx, key, "new", time.Hour); err != nil {
			return "", err
		}
		n.faults.Heal()
		if err := n.settle(ctx); err != nil {
			return "", err
		}
		return n.far.Get(ctx, key)
	}, "old")
}

// TestRace36_LoadOfAnOutage: a node begins to load while far is down. Far is back, and another node changes the source and
// far. Then the first load ends. Its value must not enter near.
func TestRace36_LoadOfAnOutage(t *testing.T) {
	aloneRace(t, func(ctx context.Context, n outageNode) (string, error) {
		n.faults.Fail(errSource, cachetest.On())
		_, lease, err := ctxcache.GetLease(ctx, n.cache, key, 0)
		if err != ctxcache.ErrMiss {
			return "", err
		}
		n.faults.Heal()
		if err := n.far.Set(ctx, key, "new", time.Hour); err != nil {
			return "", err
		}
		if _, err := n.cache.Get(ctx, "another key"); err != ctxcache.ErrMiss { // far answers
			return "", err
		}
		if err := ctxcache.Fill(ctx, n.cache, key, lease, ctxcache.NewEntry("old", time.Hour)); err != nil && err != ctxcache.ErrLeaseLost {
			return "", err
		}
		return n.cache.Get(ctx, key)
	}, "old")
}
