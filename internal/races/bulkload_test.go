package races_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

type bulkLoader = func(context.Context, []string) (map[string]string, error)

// bulkFunction is a cached function of a bulk loader.
type bulkFunction interface {
	Get(ctx context.Context, key string) (string, error)
	GetMany(ctx context.Context, keys []string) (map[string]string, error)
	Delete(ctx context.Context, key string) (bool, error)
	Close(ctx context.Context) error
}

// bulk returns a cached function over the cache of n.
func (s *stack) bulk(ctx context.Context, n *node, load bulkLoader) bulkFunction {
	f := n.design.bulk(n.cache, load)
	s.t.Cleanup(func() { _ = f.Close(ctx) }) // ctx has ended by then, so this ends the loads
	return f
}

func newBulk(c cache, load bulkLoader) bulkFunction { return cached.Bulk(c, load, nil) }

// library is a source that is asked for many keys at once.
type library struct {
	*source
	failed map[string]error
	extra  []string
}

func (l *library) load(ctx context.Context, keys []string) (map[string]string, error) {
	value, err := l.source.load(ctx, "")
	if err != nil {
		return nil, err
	}
	found, failed := make(map[string]string), make(map[string]error)
	for _, key := range slices.Concat(keys, l.extra) {
		if l.failed[key] != nil && slices.Contains(keys, key) {
			failed[key] = l.failed[key]
		} else {
			found[key] = value
		}
	}
	return found, ctxcache.NewManyError(failed)
}

// bulkStores are the stores of bulk loads: all, and one without leases.
var bulkStores = append(slices.Clone(allStores), store{name: "memory without leases", leaseless: true})

// TestRace28_KeyDeletedDuringBulkLoad: many keys are loaded in one call. One of them is deleted before the source answers.
// The old value of this key is not stored, and the others are.
func TestRace28_KeyDeletedDuringBulkLoad(t *testing.T) {
	for name, directly := range map[string]bool{"by the function": false, "directly": true} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				b, err := s.bulkScene(ctx, directly)
				if err != nil {
					return "", err
				}
				b.load.release()
				if r, err := await(ctx, "the batch", b.many); err != nil || r.err != nil {
					return "", fmt.Errorf("the batch got %v, %w", r, err)
				}
				if err := b.f.Close(ctx); err != nil {
					return "", err
				}
				return wantBatch(ctx, s.node(), map[string]string{"a": "old", "c": "old"})
			}).against(t, noticingDirectly(bulkStores, directly), naive)
		})
	}
}

// TestRace14_JoinerOfBulkLoad: as before, but another caller asks for the key after the deletion, while the load runs. It
// gets the value of a later load.
func TestRace14_JoinerOfBulkLoad(t *testing.T) {
	sharing := naive.but(func(d *design) {
		d.bulk = func(c cache, load bulkLoader) bulkFunction {
			return &sharingBulk{naiveBulk: naiveBulk{cache: c, load: load}}
		}
	})
	for name, directly := range map[string]bool{"by the function": false, "directly": true} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				b, err := s.bulkScene(ctx, directly)
				if err != nil {
					return "", err
				}
				joiner := async(func() (string, error) { return b.f.Get(ctx, "b") })
				synctest.Wait() // until it waits for the load, or has its value
				b.load.release()
				if r, err := await(ctx, "the joiner", joiner); err != nil || r != (reply{value: "new"}) {
					return fmt.Sprintf("a caller that came after the deletion got %v, %v", r, err), nil
				}
				_, err = await(ctx, "the batch", b.many)
				return "", err
			}).against(t, noticingDirectly(agingMemory, directly), sharing)
		})
	}
}

// bulkScene is a bulk load that has read "old" for each key of the batch. Since then one of the keys, b, was deleted, and
// the source has "new".
type bulkScene struct {
	f    bulkFunction
	many <-chan reply
	load *loading
}

func (s *stack) bulkScene(ctx context.Context, directly bool) (*bulkScene, error) {
	n, origin := s.node(), &library{source: newSource("old")}
	b := &bulkScene{f: s.bulk(ctx, n, origin.load)}
	b.many = async(func() (string, error) { _, err := b.f.GetMany(ctx, batch); return "", err })
	var err error
	if b.load, err = await(ctx, "the load", origin.loads); err != nil {
		return nil, err
	}
	origin.change(reply{value: "new"})
	origin.free()
	if directly {
		return b, n.cache.Delete(ctx, "b")
	}
	_, err = b.f.Delete(ctx, "b")
	return b, err
}

// noticingDirectly returns the stores where a function notices a deletion directly in its cache.
func noticingDirectly(stores []store, directly bool) []store {
	if directly {
		return withLeases(stores)
	}
	return stores
}

// TestRace28_KeyOfBulkLoadFails: many keys are loaded in one call, and one of them fails. The others are returned and
// stored. The one that failed can be loaded again at once: no lease of it is left.
func TestRace28_KeyOfBulkLoadFails(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		origin := &library{source: newSource("value"), failed: map[string]error{"b": errSource}}
		origin.free()
		f := s.bulk(ctx, s.node(), origin.load)
		values, err := f.GetMany(ctx, batch)
		if !errors.Is(ctxcache.KeyError(err, "b"), errSource) {
			return "", fmt.Errorf("the key that failed: %w", err)
		}
		if !maps.Equal(values, map[string]string{"a": "value", "c": "value"}) {
			return fmt.Sprintf("the others are %v", values), nil
		}
		if violation, err := wantBatch(ctx, s.node(), values); violation != "" || err != nil {
			return violation, err
		}
		origin.failed = nil
		if _, err := f.Get(ctx, "b"); err != nil {
			return "", err
		}
		return wantBatch(ctx, s.node(), map[string]string{"a": "value", "b": "value", "c": "value"})
	}).against(t, bulkStores, naive)
}

// TestRace28_BulkLoadsOverlap: while a bulk load runs, another call asks for some of its keys, and for others. Each key is
// loaded once. The first caller leaves, and the other one gets its values all the same.
func TestRace28_BulkLoadsOverlap(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		origin := &library{source: newSource("value")}
		asked := make(chan []string, 10)
		f := s.bulk(ctx, s.node(), func(ctx context.Context, keys []string) (map[string]string, error) {
			asked <- slices.Sorted(slices.Values(keys))
			return origin.load(ctx, keys)
		})
		leading, leave := context.WithCancel(ctx)
		defer leave()
		first := async(func() (string, error) { _, err := f.GetMany(leading, batch[:2]); return "", err })
		loadFirst, err := await(ctx, "the first load", origin.loads)
		if err != nil {
			return "", err
		}
		<-asked
		second := async(func() (string, error) {
			values, err := f.GetMany(ctx, batch)
			return fmt.Sprint(values), err
		})
		loadSecond, err := await(ctx, "the second load", origin.loads)
		if err != nil {
			return "", err
		}
		if keys := <-asked; !slices.Equal(keys, batch[2:]) {
			return fmt.Sprintf("the second load asks for %v, although others load some of these keys", keys), nil
		}
		leave()
		if r, err := await(ctx, "the first caller", first); err != nil || !errors.Is(r.err, context.Canceled) {
			return "", fmt.Errorf("the caller that left got %v, %w", r, err)
		}
		loadSecond.release()
		loadFirst.release()
		if r, err := await(ctx, "the second caller", second); err != nil || r != (reply{value: "map[a:value b:value c:value]"}) {
			return fmt.Sprintf("the caller that stayed got %v, %v", r, err), nil
		}
		return "", nil
	}).against(t, bulkStores, naive)
}

// TestRace28_ExtraKeyDeleted: a bulk load returns more than it was asked for. One of the other keys is deleted before the
// source answers. Its value may be older than the deletion, so it is not stored.
func TestRace28_ExtraKeyDeleted(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		origin := &library{source: newSource("old"), extra: []string{key}}
		f := s.bulk(ctx, s.node(), origin.load)
		many := async(func() (string, error) { _, err := f.GetMany(ctx, batch); return "", err })
		load, err := await(ctx, "the load", origin.loads)
		if err != nil {
			return "", err
		}
		if _, err := f.Delete(ctx, key); err != nil {
			return "", err
		}
		load.release()
		if r, err := await(ctx, "the batch", many); err != nil || r.err != nil {
			return "", fmt.Errorf("the batch got %v, %w", r, err)
		}
		if err := f.Close(ctx); err != nil {
			return "", err
		}
		if value, err := s.node().cache.Get(ctx, key); err != ctxcache.ErrMiss {
			return fmt.Sprintf("a value that was loaded before the key was deleted is stored: %q, %v", value, err), nil
		}
		return "", nil
	}).against(t, bulkStores, naive)
}

// TestRace34_FailedStoreOfBatch: values are refreshed behind a caller in one batch, and the results cannot be stored. The
// old values must not stay: others would take them for the answer of the refresh.
func TestRace34_FailedStoreOfBatch(t *testing.T) {
	inOneCall := slices.DeleteFunc(slices.Clone(ways), func(w way) bool { return w.name != "GetMany" })
	behindRace(func(ctx context.Context, s *stack, w way) (string, error) {
		sc, err := s.behindScene(ctx, w, nil)
		if err != nil {
			return "", err
		}
		load, err := sc.begin(ctx)
		if err != nil {
			return "", err
		}
		sc.faults.Fail(errFar, cachetest.On(ctxcache.OpFill, ctxcache.OpFillMany, ctxcache.OpSet))
		load.release()
		if err := sc.f.drain(ctx); err != nil {
			return "", err
		}
		for _, k := range []string{key, other} {
			if value, err := s.node().cache.Get(ctx, k); err != ctxcache.ErrMiss {
				return fmt.Sprintf("%s still has %q, %v", k, value, err), nil
			}
		}
		return "", nil
	}).against(t, withLeases(agingStores), inOneCall, naive)
}
