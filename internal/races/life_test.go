package races_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// tellingTTL are two levels of which far tells remaining lives. Memcached does not: there, a near copy lives for NearTTL.
var tellingTTL = slices.DeleteFunc(slices.Clone(twoLevels), func(s store) bool { return s.noClear })

// hops are how many near caches a value goes through.
var hops = map[string]int{"one hop": 1, "two hops": 2}

// behind returns n, or another node whose far level is n.
func (s *stack) behind(n *node, hops int) *node {
	if hops == 1 {
		return n
	}
	return s.nodeOf(memory.New[string, string](nil), n.cache)
}

// TestRace17_TTLInversion: a value is copied when the most part of its life is over. No copy lives longer than what is
// left, nor tells more, however many levels it went through.
func TestRace17_TTLInversion(t *testing.T) {
	for name, hops := range hops {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.behind(s.node(), hops)
				writer := s.node()
				if err := writer.store.cache.Set(ctx, key, "value", time.Minute); err != nil {
					return "", err
				}
				if _, err := n.cache.Get(ctx, key); err != nil {
					return "", err
				}
				whole, err := ctxcache.GetEntry(ctx, writer.store.cache, key)
				if err != nil {
					return "", err
				}
				const slack = 20 * time.Second // what a slow test may take, though it takes no time in a bubble
				if e, err := ctxcache.GetEntry(ctx, n.near.cache, key); err != nil || e.TTL > whole.TTL+slack {
					return fmt.Sprintf("a near copy lives for %v, the value itself for %v: %v", e.TTL, whole.TTL, err), nil
				}
				return "", nil
			}).run(t, tellingTTL)
		})
	}
}

// TestRace17_NothingOutlivesFar: the same, and time passes.
func TestRace17_NothingOutlivesFar(t *testing.T) {
	for name, hops := range hops {
		for stale, window := range map[string]time.Duration{"": 0, " with a stale window": 4 * time.Second} {
			t.Run(name+stale, func(t *testing.T) {
				race(func(ctx context.Context, s *stack) (string, error) {
					writer := s.node()
					e := ctxcache.Entry[string]{Value: "value", TTL: 10 * time.Second, Stale: window}
					if err := ctxcache.SetEntry(ctx, writer.store.cache, key, e); err != nil {
						return "", err
					}
					first := s.node()
					second := s.behind(first, hops)
					for _, n := range []*node{first, second} { // each copies later, in the stale window at last
						time.Sleep(4 * time.Second)
						if _, err := n.cache.Get(ctx, key); err != nil {
							return "", err
						}
					}
					time.Sleep(2 * time.Second)
					if _, err := writer.store.cache.Get(ctx, key); err != ctxcache.ErrMiss {
						return "", fmt.Errorf("the value has not expired: %w", err)
					}
					for _, n := range []*node{first, second} {
						if value, err := n.cache.Get(ctx, key); err != ctxcache.ErrMiss {
							return fmt.Sprintf("what has expired is still read near: %q, %v", value, err), nil
						}
					}
					return "", nil
				}).run(t, watchable)
			})
		}
	}
}

// TestRace19_DeletedIsNotStale: a value is deleted while it counts as stale but would still be served. It is gone, on
// all levels and nodes that hear of it, and none brings it back.
func TestRace19_DeletedIsNotStale(t *testing.T) {
	servesStale := naive.but(func(d *design) { d.over = remember })
	for _, name := range []string{"Delete", "DeleteMany", "Remove", "Clear"} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				// All of its life is the stale window.
				e := ctxcache.Entry[string]{Value: "old", TTL: time.Hour, Stale: time.Hour}
				if err := ctxcache.SetEntry(ctx, n.cache, key, e); err != nil {
					return "", err
				}
				if _, err := n.cache.Get(ctx, key); err != nil {
					return "", err
				}
				if err := writes[name](ctx, n.cache, ""); err != nil {
					return "", err
				}
				for _, n := range []*node{n, s.node()} {
					if value, err := n.cache.Get(ctx, key); err != ctxcache.ErrMiss {
						return fmt.Sprintf("what was deleted is served: %q, %v", value, err), nil
					}
				}
				return "", nil
			}).against(t, storesThatCan(name), servesStale)
		})
	}
}

// TestRace19_DeletedWhileRefreshed: a stale value is deleted while it is being refreshed. What the refresh brings, which
// may have been read before the deletion, is not stored.
func TestRace19_DeletedWhileRefreshed(t *testing.T) {
	careless := leased.but(func(d *design) { d.over = unfence })
	for _, name := range []string{"Delete", "DeleteMany", "Remove", "Clear"} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				e := ctxcache.Entry[string]{Value: "old", TTL: time.Hour, Stale: time.Hour}
				if err := ctxcache.SetEntry(ctx, n.cache, key, e); err != nil {
					return "", err
				}
				_, lease, err := ctxcache.GetLease(ctx, n.cache, key, ctxcache.NoExpiry)
				if err != nil || lease == nil {
					return "", fmt.Errorf("no lease to refresh by: %w", err)
				}
				if err := writes[name](ctx, s.node().cache, ""); err != nil {
					return "", err
				}
				if err := ignoreLost(lease.Fill(ctx, e)); err != nil {
					return "", err
				}
				if err := lease.Release(ctx); err != nil {
					return "", err
				}
				if value, err := s.node().cache.Get(ctx, key); err != ctxcache.ErrMiss {
					return fmt.Sprintf("what was deleted is back: %q, %v", value, err), nil
				}
				return "", nil
			}).against(t, storesThatCan(name), careless)
		})
	}
}

func ignoreLost(err error) error {
	if err == ctxcache.ErrLeaseLost {
		return nil
	}
	return err
}
