package races_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// tellingTTL are the two levels whose far reports remaining TTLs. Memcached does not, so there a near copy lives for
// NearTTL.
var tellingTTL = slices.DeleteFunc(slices.Clone(twoLevels), func(s store) bool { return s.noClear })

// hops is how many near caches a value goes through.
var hops = map[string]int{"one hop": 1, "two hops": 2}

// behind returns n for one hop, and otherwise another node whose far level is n.
func (s *stack) behind(n *node, hops int) *node {
	if hops == 1 {
		return n
	}
	return s.nodeOf(memory.New[string, string](nil), n.cache)
}

// TestRace17_TTLInversion: a value is copied when most of its life is over. A copy must not live longer than the value,
// nor report a longer TTL, through any number of levels.
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
				const slack = 20 * time.Second // for a slow machine; in a bubble, work takes no time
				if e, err := ctxcache.GetEntry(ctx, n.near.cache, key); err != nil || e.TTL > whole.TTL+slack {
					return fmt.Sprintf("a near copy lives for %v, and the value itself only for %v: %v", e.TTL, whole.TTL, err), nil
				}
				return "", nil
			}).run(t, tellingTTL)
		})
	}
}

// TestRace17_NothingOutlivesFar is the same race, but time passes.
func TestRace17_NothingOutlivesFar(t *testing.T) {
	for name, hops := range hops {
		for stale, window := range map[string]time.Duration{"": 0, " with a stale window": 4 * time.Second} {
			t.Run(name+stale, func(t *testing.T) {
				race(func(ctx context.Context, s *stack) (string, error) {
					writer := s.node()
					e := ctxcache.Entry[string]{Value: "value", Meta: ctxcache.Meta{TTL: 10 * time.Second, StaleFor: window}}
					if err := ctxcache.SetEntry(ctx, writer.store.cache, key, e); err != nil {
						return "", err
					}
					first := s.node()
					second := s.behind(first, hops)
					for _, n := range []*node{first, second} { // each copies later; the last one in the stale window
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
							return fmt.Sprintf("an expired value is still read from near: %q, %v", value, err), nil
						}
					}
					return "", nil
				}).run(t, watchable)
			})
		}
	}
}

// TestRace19_DeletedIsNotStale: a value is deleted while it is stale but would still be served. It must be gone on all
// levels and all nodes that hear of the deletion, and none may bring it back.
func TestRace19_DeletedIsNotStale(t *testing.T) {
	servesStale := naive.but(func(d *design) { d.over = remember })
	for _, name := range []string{"Delete", "DeleteMany", "Remove", "Clear"} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				// The stale window covers its whole life.
				e := ctxcache.Entry[string]{Value: "old", Meta: ctxcache.Meta{TTL: time.Hour, StaleFor: time.Hour}}
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
						return fmt.Sprintf("a deleted value is served: %q, %v", value, err), nil
					}
				}
				return "", nil
			}).against(t, storesThatCan(name), servesStale)
		})
	}
}

// TestRace19_DeletedWhileRefreshed: a stale value is deleted while it is refreshed. The refresh may have read its value
// before the deletion, so that value must not be stored.
func TestRace19_DeletedWhileRefreshed(t *testing.T) {
	careless := leased.but(func(d *design) { d.over = unfence })
	for _, name := range []string{"Delete", "DeleteMany", "Remove", "Clear"} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				e := ctxcache.Entry[string]{Value: "old", Meta: ctxcache.Meta{TTL: time.Hour, StaleFor: time.Hour}}
				if err := ctxcache.SetEntry(ctx, n.cache, key, e); err != nil {
					return "", err
				}
				_, lease, err := ctxcache.GetLease(ctx, n.cache, key, ctxcache.NoExpiry)
				if err != nil || !lease.Granted() {
					return "", fmt.Errorf("GetLease granted no lease for a refresh: %w", err)
				}
				if err := writes[name](ctx, s.node().cache, ""); err != nil {
					return "", err
				}
				if err := fillLate(ctx, n.cache, key, lease, e); err != nil {
					return "", err
				}
				if value, err := s.node().cache.Get(ctx, key); err != ctxcache.ErrMiss {
					return fmt.Sprintf("a deleted value is back: %q, %v", value, err), nil
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

// fillLate fills with a lease that may be lost. It releases the lease if the fill fails.
func fillLate(ctx context.Context, c cache, key string, lease ctxcache.Lease, e ctxcache.Entry[string]) error {
	err := ctxcache.Fill(ctx, c, key, lease, e)
	if err == nil {
		return nil
	}
	return errors.Join(ignoreLost(err), ignoreLost(ctxcache.Release(ctx, c, key, lease)))
}
