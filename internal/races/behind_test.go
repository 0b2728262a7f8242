package races_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// refresher is a cached function that refreshes values behind its callers.
type refresher interface {
	function
	GetMany(ctx context.Context, keys []string) (map[string]string, error)
	Set(ctx context.Context, key, value string) error

	// drain waits until nothing goes on behind the callers.
	drain(ctx context.Context) error
}

// draining is a Function. It is closed when a test has to wait for what goes on behind the callers.
type draining struct {
	*cached.Function[string, string]
}

func (f draining) drain(ctx context.Context) error { return f.Close(ctx) }

// window is how long the values of these tests are stale before they expire.
const window = time.Hour

// way is a way to begin a load behind a caller who gets a value from the cache.
type way struct {
	name  string
	bulk  bool
	slow  bool // the caller gets the value only if the load is slow
	opts  cached.Options
	begin func(ctx context.Context, f refresher) (string, error)
}

// other is a key whose load does not wait.
const other = "other"

func getKey(ctx context.Context, f refresher) (string, error) { return f.Get(ctx, key) }

func getBoth(ctx context.Context, f refresher) (string, error) {
	values, err := f.GetMany(ctx, []string{key, other})
	return values[key], err
}

// ways are all ways. The values of these tests have lived for half of their window, or for three quarters of their TTL.
var ways = []way{
	{name: "StaleFor", opts: cached.Options{TTL: window, StaleFor: window}, begin: getKey},
	{name: "RefreshAhead", opts: cached.Options{TTL: 2 * window, RefreshAhead: 0.1}, begin: getKey},
	{
		name: "SoftTimeout", slow: true,
		opts: cached.Options{TTL: window, StaleIfError: window, SoftTimeout: 10 * time.Millisecond}, begin: getKey,
	},
	{name: "GetMany", bulk: true, opts: cached.Options{TTL: window, StaleFor: window}, begin: getBoth},
	{name: "GetMany in parts", bulk: true, opts: cached.Options{TTL: window, StaleFor: window, MaxBatch: 1}, begin: getBoth},
	{
		name: "CoalesceFor", bulk: true,
		opts: cached.Options{TTL: window, StaleFor: window, CoalesceFor: time.Millisecond},
		begin: func(ctx context.Context, f refresher) (string, error) {
			value, err := f.Get(ctx, key)
			if err == nil {
				_, err = f.Get(ctx, other)
			}
			return value, err
		},
	},
}

// agingStores know the remaining life of a value. Memcached does not.
var (
	agingMemory = []store{
		{name: "memory"}, {name: "memory without leases", leaseless: true}, {name: "TwoLevel(memory,memory)", twoLevels: true},
	}
	agingStores = append([]store{
		{name: "Redis", server: redisServer}, {name: "TwoLevel(memory,Redis)", twoLevels: true, server: redisServer},
	}, agingMemory...)
)

// withLeases returns the stores that have leases.
func withLeases(stores []store) (leased []store) {
	for _, s := range stores {
		if !s.leaseless {
			leased = append(leased, s)
		}
	}
	return leased
}

// unleased is memory without leases.
type unleased struct {
	cache
	ctxcache.EntryCache[string, string]
}

func newUnleased() cache {
	m := memory.New[string, string](nil)
	return unleased{m, m}
}

// bulkOf returns a bulk loader. It loads the key of these tests by load. The others do not wait.
func bulkOf(load loader) func(context.Context, []string) (map[string]string, error) {
	return func(ctx context.Context, keys []string) (map[string]string, error) {
		found, failed := make(map[string]string), make(map[string]error)
		for _, k := range keys {
			if k != key {
				found[k] = "value"
				continue
			}
			if value, err := load(ctx, k); err != nil {
				failed[k] = err
			} else {
				found[k] = value
			}
		}
		return found, ctxcache.NewManyError(failed)
	}
}

// refresher returns a cached function over the cache of n, as w wants it.
func (n *node) refresher(w way, load loader, change func(*cached.Options)) refresher {
	opts := w.opts
	if change != nil {
		change(&opts)
	}
	return n.design.refresher(n.cache, w, load, &opts)
}

// behindScene is a node with an old value in its cache.
type behindScene struct {
	*node
	f      refresher
	origin *source
	way    way
	while  time.Duration // how long it waits for a load before it calls again
}

// behindScene makes one. The source has "loaded".
func (s *stack) behindScene(ctx context.Context, w way, change func(*cached.Options)) (*behindScene, error) {
	sc := &behindScene{node: s.node(), origin: newSource("loaded"), way: w, while: s.while()}
	sc.f = sc.refresher(w, sc.origin.load, change)
	s.t.Cleanup(func() { _ = sc.f.Close(ctx) }) // ctx has ended by then, so this ends the loads
	written := time.Now().Add(-3 * window / 2)
	for _, k := range []string{key, other} {
		e := ctxcache.Entry[string]{Value: "old", Meta: ctxcache.Meta{TTL: window / 2, Written: written}}
		e.StaleFor = min(w.window(), e.TTL)
		if err := ctxcache.SetEntry(ctx, sc.cache, k, e); err != nil {
			return nil, err
		}
	}
	return sc, nil
}

// window returns the stale window of the values.
func (w way) window() time.Duration { return max(w.opts.StaleFor, w.opts.StaleIfError) }

// begin makes calls that get the old value, until there is a load behind one of them, and returns the load. One call is
// usually enough. But a near copy reports a little less life than far has left, so at first far may find it too early.
func (sc *behindScene) begin(ctx context.Context) (*loading, error) {
	for {
		call := async(func() (string, error) { return sc.way.begin(ctx, sc.f) })
		var load *loading
		select {
		case load = <-sc.origin.loads:
		case r := <-call:
			call = async(func() (string, error) { return r.value, r.err })
			select {
			case load = <-sc.origin.loads:
			case <-time.After(sc.while):
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if r, err := await(ctx, "the caller", call); err != nil || r != (reply{value: "old"}) {
			return nil, fmt.Errorf("the caller that should get the old value got %v, %w", r, err)
		}
		if load != nil {
			return load, nil
		}
	}
}

// behindRace is a race with a load behind a caller.
type behindRace func(ctx context.Context, s *stack, w way) (violation string, err error)

// against runs the race over stores, in each of these ways.
func (r behindRace) against(t *testing.T, stores []store, ways []way, double design) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) { return r(ctx, s, w) }).against(t, stores, double)
		})
	}
}
