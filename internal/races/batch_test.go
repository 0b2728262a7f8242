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

// batch are the keys of calls for many keys.
var batch = []string{"a", "b", "c"}

// farBatch is a read of many keys from far. Its answer is stalled.
var farBatch = cachetest.On(ctxcache.OpGetEntries).First(1).Answers()

// setBatch stores this value under each key of the batch.
func setBatch(ctx context.Context, c cache, value string) error {
	values := make(map[string]string)
	for _, key := range batch {
		values[key] = value
	}
	return ctxcache.SetMany(ctx, c, values, time.Hour)
}

// lateBatch makes n read the batch from far, where every value is "old". It calls meanwhile before far's answer
// arrives.
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
		return fmt.Errorf("the batch that began before the write returned %v, %w", r, err)
	}
	return nil
}

// overwrite writes one key of the batch. If another node writes it, overwrite also deletes n's near copy, as a message
// would.
func overwrite(ctx context.Context, writes, n *node, key string) error {
	if err := writes.cache.Set(ctx, key, "new", time.Hour); err != nil {
		return err
	}
	if writes == n {
		return nil
	}
	return n.near.cache.Delete(ctx, key)
}

// wantBatch describes what is wrong with the values that n reads, or returns "".
func wantBatch(ctx context.Context, n *node, want map[string]string) (string, error) {
	values, err := ctxcache.GetMany(ctx, n.cache, batch)
	if err != nil {
		return "", err
	}
	if !maps.Equal(values, want) {
		return fmt.Sprintf("a GetMany that began after the last write returns %v, want %v", values, want), nil
	}
	return "", nil
}

// TestRace28_KeyInvalidatedMidBatch: many keys are read from far. One of them is written in the meantime. It must not
// be copied to near. The others must.
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
					return fmt.Sprintf("near has %v of the two keys that nobody wrote", copies), nil
				}
				return wantBatch(ctx, n, map[string]string{"a": "old", "b": "new", "c": "old"})
			}).run(t, twoLevels)
		})
	}
}

// TestRace28_LeasesAreByKey: many keys are being filled. Some of them are written or deleted in the meantime. Their
// fills are lost, and the others are stored.
func TestRace28_LeasesAreByKey(t *testing.T) {
	careless := leased.but(func(d *design) { d.over = unfence })
	for name, fill := range map[string]fillLeases{"one by one": fillAll, "in one call": fillInOneCall} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				fills, writes := s.node(), s.node()
				_, leases, err := ctxcache.GetLeases(ctx, fills.cache, batch, 0)
				if err != nil || len(leases) != len(batch) {
					return "", fmt.Errorf("GetLeases returned the leases %v, %w", leases, err)
				}
				if err := ctxcache.SetMany(ctx, writes.cache, map[string]string{"b": "new"}, time.Hour); err != nil {
					return "", err
				}
				if err := ctxcache.DeleteMany(ctx, writes.cache, []string{"c"}); err != nil {
					return "", err
				}
				if err := fill(ctx, fills.cache, leases, "old"); err != nil {
					return "", err
				}
				return wantBatch(ctx, fills, map[string]string{"a": "old", "b": "new"})
			}).against(t, allStores, careless)
		})
	}
}

// fillLeases fills with leases that may be lost. It gives back those whose fill failed.
type fillLeases func(ctx context.Context, c cache, leases map[string]ctxcache.Lease, value string) error

// fillInOneCall fills with FillMany.
func fillInOneCall(ctx context.Context, c cache, leases map[string]ctxcache.Lease, value string) error {
	entries := make(map[string]ctxcache.Entry[string])
	for key := range leases {
		entries[key] = ctxcache.NewEntry(value, time.Hour)
	}
	err := ctxcache.FillMany(ctx, c, entries, leases)
	left := make(map[string]ctxcache.Lease)
	for key, lease := range leases {
		switch err := ctxcache.KeyError(err, key); err {
		case nil:
		case ctxcache.ErrLeaseLost:
			left[key] = lease
		default:
			return err
		}
	}
	released := ctxcache.ReleaseMany(ctx, c, left)
	for key := range left {
		if err := ignoreLost(ctxcache.KeyError(released, key)); err != nil {
			return err
		}
	}
	return nil
}

// TestRace28_ClearMidBatch: everything is cleared while many keys are read from far, or written to far. Afterwards near
// must not have what far does not have.
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
					return ctxcache.Clear(ctx, n.near.cache) // as a message would
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
			answer := n.store.stalls.Stall(cachetest.On(ctxcache.OpSetEntries).First(1).Answers())
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

// TestRace28_ForeignFlight: another call reads a key of the batch from far. It began before the batch, or begins after
// it. Both must get the right value. If the key is written in the meantime, neither may store the old value.
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
