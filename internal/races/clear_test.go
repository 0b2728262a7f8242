package races_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// clearable are the stores that implement Clear.
var clearable = storesThatCan("Clear")

// TestRace29_ClearAndFillsInFlight: a present key and an absent one are being filled when this node or another one
// clears everything. Neither fill may be stored.
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
					return "", fmt.Errorf("GetLeases returned the leases %v, %w", leases, err)
				}
				if err := ctxcache.Clear(ctx, clears.cache); err != nil {
					return "", err
				}
				if err := fillAll(ctx, n.cache, leases, "old"); err != nil {
					return "", err
				}
				for _, key := range keys {
					if value, err := s.node().cache.Get(ctx, key); err != ctxcache.ErrMiss {
						return fmt.Sprintf("after the Clear, Get of key %q returns %q, %v", key, value, err), nil
					}
				}
				return "", nil
			}).against(t, clearable, careless)
		})
	}
}

// fillAll fills with one lease after the other.
func fillAll(ctx context.Context, c cache, leases map[string]ctxcache.Lease, value string) error {
	for key, lease := range leases {
		if err := fillLate(ctx, c, key, lease, ctxcache.NewEntry(value, time.Hour)); err != nil {
			return err
		}
	}
	return nil
}

// TestRace29_EvictedMeanwhile: during a load a newer value is set, and evicted at once. Memory does not have the key
// then, but that does not prove that nothing has happened to the key.
func TestRace29_EvictedMeanwhile(t *testing.T) {
	ifAbsent := naive.but(func(d *design) {
		d.over = func(c cache) cache { return &fillingAbsent{forward(c)} }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		bounded := memory.New(&memory.Options[string, string]{MaxEntries: 1})
		c := cache(bounded)
		if s.design.over != nil {
			c = s.design.over(c)
		}
		_, lease, err := ctxcache.GetLease(ctx, c, key, 0)
		if err != ctxcache.ErrMiss || !lease.Granted() {
			return "", fmt.Errorf("no lease on an absent key: %w", err)
		}
		for _, set := range []string{key, "another"} {
			if err := c.Set(ctx, set, "new", 0); err != nil {
				return "", err
			}
		}
		if err := fillAll(ctx, c, map[string]ctxcache.Lease{key: lease}, "old"); err != nil {
			return "", err
		}
		if value, err := c.Get(ctx, key); err != ctxcache.ErrMiss {
			return fmt.Sprintf("Get returns %q, %v, which is older than the evicted value, want a miss", value, err), nil
		}
		return "", nil
	}).against(t, []store{{name: "memory"}}, ifAbsent)
}

// TestRace29_EvictionSparesLeases: a near copy is evicted while it is refreshed. The eviction does not make the
// refreshed value old, so the fill must be stored.
func TestRace29_EvictionSparesLeases(t *testing.T) {
	c := memory.New(&memory.Options[string, string]{MaxEntries: 1})
	ctx := t.Context()
	if err := c.Set(ctx, key, "old", 0); err != nil {
		t.Fatal(err)
	}
	_, lease, err := ctxcache.GetLease(ctx, cache(c), key, ctxcache.NoExpiry)
	if err != nil || !lease.Granted() {
		t.Fatalf("GetLease granted no lease for a refresh: %v", err)
	}
	if err := c.Set(ctx, "another", "", 0); err != nil {
		t.Fatal(err)
	}
	if err := c.Fill(ctx, key, lease, ctxcache.NewEntry("new", 0)); err != nil {
		t.Errorf("Fill of an evicted key: %v", err)
	}
	if value, err := c.Get(ctx, key); err != nil || value != "new" {
		t.Errorf("Get = %q, %v", value, err)
	}
}

// fillingAbsent is a cache with a mistake: a fill is stored if the key is absent, or still has the value that it had
// before.
type fillingAbsent struct {
	ctxcache.Forward[string, string]
}

func (c *fillingAbsent) GetLease(
	ctx context.Context, key string, _ time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease, error) {
	e, err := c.GetEntry(ctx, key)
	return e, ctxcache.NewLease(found(e.Value)), err
}

// found is the token of a lease: the value when the lease was granted.
type found string

func (c *fillingAbsent) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[string]) error {
	switch value, err := c.Get(ctx, key); {
	case err == nil && found(value) != lease.Token():
		return ctxcache.ErrLeaseLost
	case err != nil && err != ctxcache.ErrMiss:
		return err
	}
	return c.SetEntry(ctx, key, e)
}

func (*fillingAbsent) Release(context.Context, string, ctxcache.Lease) error { return nil }
