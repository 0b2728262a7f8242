package races_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// batch are the keys of calls for many.
var batch = []string{"a", "b", "c"}

// farBatch is a read of many keys of far, of which the answer is late.
var farBatch = cachetest.On(cachetest.GetEntries).First(1).Answers()

// setBatch gives each key of the batch this value.
func setBatch(ctx context.Context, c cache, value string) error {
	values := make(map[string]string)
	for _, key := range batch {
		values[key] = value
	}
	return ctxcache.SetMany(ctx, c, values, time.Hour)
}

// lateBatch has n read the batch, which is "old", from far, and does something before far's answer comes.
func lateBatch(ctx context.Context, writes, n *node, meanwhile func() error) error {
	if err := setBatch(ctx, writes.cache, "old"); err != nil {
		return err
	}
	answer := n.store.stalls.Stall(farBatch)
	read := async(func() (string, error) {
		values, err := ctxcache.GetMany(ctx, n.cache, batch)
		return fmt.Sprint(values), err
	})
	if _, err := await(ctx, "far's answer", answer.Arrived()); err != nil {
		return err
	}
	if err := meanwhile(); err != nil {
		return err
	}
	answer.Release()
	r, err := await(ctx, "the batch", read)
	if err != nil || r.err != nil || r.value != "map[a:old b:old c:old]" {
		return fmt.Errorf("the batch that began before returned %v, %w", r, err)
	}
	return nil
}

// overwrite writes one key of the batch, and does on n what a message of that does.
func overwrite(ctx context.Context, writes, n *node, key string) error {
	if err := writes.cache.Set(ctx, key, "new", time.Hour); err != nil {
		return err
	}
	if writes == n {
		return nil
	}
	return n.near.cache.Delete(ctx, key)
}

// wantBatch tells what is wrong with what n reads.
func wantBatch(ctx context.Context, n *node, want map[string]string) (string, error) {
	values, err := ctxcache.GetMany(ctx, n.cache, batch)
	if err != nil {
		return "", err
	}
	if !maps.Equal(values, want) {
		return fmt.Sprintf("a GetMany that began after the last write returns %v, and not %v", values, want), nil
	}
	return "", nil
}

// TestRace28_KeyInvalidatedMidBatch: many keys are read from far; one is written meanwhile. It does not come to near;
// the others do.
func TestRace28_KeyInvalidatedMidBatch(t *testing.T) {
	for name, elsewhere := range map[string]bool{"here": false, "on another node": true} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n, writes := s.node(), s.node()
				by := n
				if elsewhere {
					by = writes
				}
				if err := lateBatch(ctx, writes, n, func() error { return overwrite(ctx, by, n, "b") }); err != nil {
					return "", err
				}
				copies, err := ctxcache.GetMany(ctx, n.near.cache, []string{"a", "c"})
				if err != nil {
					return "", err
				}
				if len(copies) != 2 {
					return fmt.Sprintf("of the keys that nobody wrote, near has %v", copies), nil
				}
				return wantBatch(ctx, n, map[string]string{"a": "old", "b": "new", "c": "old"})
			}).run(t, twoLevels)
		})
	}
}

// TestRace28_LeasesAreByKey: of many keys that are being filled, some are written or deleted. Their fills are lost; the
// others are not.
func TestRace28_LeasesAreByKey(t *testing.T) {
	careless := leased.but(func(d *design) { d.over = unfence })
	race(func(ctx context.Context, s *stack) (string, error) {
		fills, writes := s.node(), s.node()
		_, leases, err := ctxcache.GetLeases(ctx, fills.cache, batch, 0)
		if err != nil || len(leases) != len(batch) {
			return "", fmt.Errorf("leases: %v, %w", leases, err)
		}
		if err := ctxcache.SetMany(ctx, writes.cache, map[string]string{"b": "new"}, time.Hour); err != nil {
			return "", err
		}
		if err := ctxcache.DeleteMany(ctx, writes.cache, []string{"c"}); err != nil {
			return "", err
		}
		if err := fillAll(ctx, leases, "old"); err != nil {
			return "", err
		}
		return wantBatch(ctx, fills, map[string]string{"a": "old", "b": "new"})
	}).against(t, allStores, careless)
}

// TestRace28_ClearMidBatch: everything is cleared while many keys are read from far, or written to it. Near does not
// have afterwards what far has not.
func TestRace28_ClearMidBatch(t *testing.T) {
	stores := ofTwoLevels(storesThatCan("Clear"))
	for name, elsewhere := range map[string]bool{"here": false, "on another node": true} {
		t.Run("read/"+name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n, other := s.node(), s.node()
				err := lateBatch(ctx, other, n, func() error {
					if !elsewhere {
						return ctxcache.Clear(ctx, n.cache)
					}
					if err := ctxcache.Clear(ctx, other.cache); err != nil {
						return err
					}
					return ctxcache.Clear(ctx, n.near.cache) // what a message of that does
				})
				if err != nil {
					return "", err
				}
				return wantBatch(ctx, n, nil)
			}).run(t, stores)
		})
	}
	t.Run("write", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			n := s.node()
			answer := n.store.stalls.Stall(cachetest.On(cachetest.SetEntries).First(1).Answers())
			written := async(func() (string, error) { return "", setBatch(ctx, n.cache, "old") })
			if _, err := await(ctx, "far's answer", answer.Arrived()); err != nil {
				return "", err
			}
			if err := ctxcache.Clear(ctx, n.cache); err != nil {
				return "", err
			}
			answer.Release()
			if r, err := await(ctx, "the write", written); err != nil || r.err != nil {
				return "", fmt.Errorf("the write returned %v, %w", r, err)
			}
			return wantBatch(ctx, n, nil)
		}).run(t, stores)
	})
}

// TestRace28_ForeignFlight: a key of a batch is being read from far by another call, which began before, or begins
// after. Both get what is right; and when the key is written meanwhile, neither stores what is old.
func TestRace28_ForeignFlight(t *testing.T) {
	get := func(ctx context.Context, n *node) error {
		value, err := n.cache.Get(ctx, "a")
		if err == nil && value != "old" {
			err = fmt.Errorf("the single read returned %q", value)
		}
		return err
	}
	t.Run("the batch is late", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			n, writes := s.node(), s.node()
			err := lateBatch(ctx, writes, n, func() error {
				if err := get(ctx, n); err != nil {
					return err
				}
				return overwrite(ctx, writes, n, "a")
			})
			if err != nil {
				return "", err
			}
			return wantBatch(ctx, n, map[string]string{"a": "new", "b": "old", "c": "old"})
		}).run(t, twoLevels)
	})
	t.Run("the batch comes between", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			n, writes := s.node(), s.node()
			if err := setBatch(ctx, writes.cache, "old"); err != nil {
				return "", err
			}
			answer := n.store.stalls.Stall(farRead)
			single := async(func() (string, error) { return "", get(ctx, n) })
			if _, err := await(ctx, "far's answer", answer.Arrived()); err != nil {
				return "", err
			}
			violation, err := wantBatch(ctx, n, map[string]string{"a": "old", "b": "old", "c": "old"})
			if violation != "" || err != nil {
				return violation, err
			}
			if err := overwrite(ctx, writes, n, "a"); err != nil {
				return "", err
			}
			answer.Release()
			if r, err := await(ctx, "the single read", single); err != nil || r.err != nil {
				return "", fmt.Errorf("the single read: %v, %w", r, err)
			}
			return wantBatch(ctx, n, map[string]string{"a": "new", "b": "old", "c": "old"})
		}).run(t, twoLevels)
	})
}
