package races_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// clearable are the stores that can be cleared.
var clearable = storesThatCan("Clear")

// TestRace29_ClearAndFillsInFlight: fills of a present key and of an absent one are under way when everything is cleared,
// from this node or another. Neither is stored.
func TestRace29_ClearAndFillsInFlight(t *testing.T) {
	careless := leased.but(func(d *design) { d.over = unfence })
	for name, elsewhere := range map[string]bool{"here": false, "on another node": true} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				clears := n
				if elsewhere {
					clears = s.node()
				}
				if err := n.cache.Set(ctx, "present", "old", time.Hour); err != nil {
					return "", err
				}
				keys := []string{"present", "absent"}
				_, leases, err := ctxcache.GetLeases(ctx, n.cache, keys, ctxcache.NoExpiry)
				if err != nil || len(leases) != len(keys) {
					return "", fmt.Errorf("leases: %v, %w", leases, err)
				}
				if err := ctxcache.Clear(ctx, clears.cache); err != nil {
					return "", err
				}
				if err := fillAll(ctx, leases, "old"); err != nil {
					return "", err
				}
				for _, key := range keys {
					if value, err := s.node().cache.Get(ctx, key); err != ctxcache.ErrMiss {
						return fmt.Sprintf("after the Clear, what was %s is %q, %v", key, value, err), nil
					}
				}
				return "", nil
			}).against(t, clearable, careless)
		})
	}
}

// fillAll fills by leases, lost ones included, and releases them.
func fillAll(ctx context.Context, leases map[string]ctxcache.Lease[string], value string) error {
	for _, lease := range leases {
		if err := ignoreLost(lease.Fill(ctx, ctxcache.Entry[string]{Value: value, TTL: time.Hour})); err != nil {
			return err
		}
		if err := lease.Release(ctx); err != nil {
			return err
		}
	}
	return nil
}

// TestRace29_EvictedMeanwhile: a load is under way; a newer value is set, and evicted at once. That there is nothing in
// memory by then does not mean that nothing happened.
func TestRace29_EvictedMeanwhile(t *testing.T) {
	ifAbsent := naive.but(func(d *design) {
		d.over = func(c cache) cache { return fillingAbsent{ctxcache.NewForward(c)} }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		bounded := memory.New(&memory.Options[string, string]{MaxEntries: 1})
		c := cache(bounded)
		if s.design.over != nil {
			c = s.design.over(c)
		}
		_, lease, err := ctxcache.GetLease(ctx, c, key, 0)
		if err != ctxcache.ErrMiss || lease == nil {
			return "", fmt.Errorf("no lease on an absent key: %w", err)
		}
		for _, set := range []string{key, "another"} {
			if err := c.Set(ctx, set, "new", 0); err != nil {
				return "", err
			}
		}
		if err := fillAll(ctx, map[string]ctxcache.Lease[string]{key: lease}, "old"); err != nil {
			return "", err
		}
		if value, err := c.Get(ctx, key); err != ctxcache.ErrMiss {
			return fmt.Sprintf("a value older than the one that was evicted is there: %q, %v", value, err), nil
		}
		return "", nil
	}).against(t, []store{{name: "memory"}}, ifAbsent)
}

// TestRace29_EvictionSparesLeases: a near copy is evicted while it is being refreshed, which says nothing about its value:
// the fill counts.
func TestRace29_EvictionSparesLeases(t *testing.T) {
	c := memory.New(&memory.Options[string, string]{MaxEntries: 1})
	ctx := t.Context()
	if err := c.Set(ctx, key, "old", 0); err != nil {
		t.Fatal(err)
	}
	_, lease, err := ctxcache.GetLease(ctx, cache(c), key, ctxcache.NoExpiry)
	if err != nil || lease == nil {
		t.Fatalf("no lease to refresh by: %v", err)
	}
	if err := c.Set(ctx, "another", "", 0); err != nil {
		t.Fatal(err)
	}
	if err := lease.Fill(ctx, ctxcache.Entry[string]{Value: "new"}); err != nil {
		t.Errorf("Fill of what was evicted: %v", err)
	}
	if value, err := c.Get(ctx, key); err != nil || value != "new" {
		t.Errorf("Get = %q, %v", value, err)
	}
}

// fillingAbsent is a cache whose leases store if there is nothing, or still what was there.
type fillingAbsent struct {
	ctxcache.Forward[string, string]
}

func (c fillingAbsent) GetLease(
	ctx context.Context, key string, _ time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease[string], error) {
	e, err := c.GetEntry(ctx, key)
	return e, absentLease{c, key, e.Value}, err
}

type absentLease struct {
	cache fillingAbsent
	key   string
	found string
}

func (l absentLease) Fill(ctx context.Context, e ctxcache.Entry[string]) error {
	switch value, err := l.cache.Get(ctx, l.key); {
	case err == nil && value != l.found:
		return ctxcache.ErrLeaseLost
	case err != nil && err != ctxcache.ErrMiss:
		return err
	}
	return l.cache.SetEntry(ctx, l.key, e)
}

func (absentLease) Release(context.Context) error { return nil }
