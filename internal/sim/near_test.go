package sim_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// nearCache is a near cache in memory that counts its leases, and does not depend on the order in which a map is
// ranged over: which entries are evicted depends on the order of use, so keys that are used together are used in
// order, and those filled together are used once more, in order. As no batch is larger than the cache, it evicts
// the same in any order.
type nearCache struct {
	ctxcache.Forward[string, value]
	world  *world
	memory *memory.Cache[string, value]
	held   leaseCount

	mu     sync.Mutex
	filled map[string]bool // since the last settle
}

func newNear(w *world) *nearCache {
	m := memory.New(&memory.Options[string, value]{MaxEntries: nearEntries, Shards: 1})
	return &nearCache{Forward: ctxcache.NewForward[string, value](m), world: w, memory: m, filled: make(map[string]bool)}
}

// settle is called when nothing runs.
func (n *nearCache) settle(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.filled) > 1 {
		for _, key := range slices.Sorted(maps.Keys(n.filled)) {
			switch _, err := n.memory.Get(ctx, key); err {
			case nil, ctxcache.ErrMiss, ctxcache.ErrNotFound:
			default:
				return err
			}
		}
	}
	clear(n.filled)
	return nil
}

// evict evicts all there is, by what has to have room. Leases stand.
func (n *nearCache) evict(ctx context.Context) error {
	fillers := []string{"filler 1", "filler 2", "filler 3"}[:nearEntries]
	for _, key := range fillers {
		if err := n.memory.Set(ctx, key, value{}, 0); err != nil {
			return err
		}
	}
	return n.memory.DeleteMany(ctx, fillers)
}

func (n *nearCache) GetEntries(ctx context.Context, keys []string) (map[string]entry, error) {
	return n.Forward.GetEntries(ctx, slices.Sorted(slices.Values(keys)))
}

func (n *nearCache) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, l, err := n.Forward.GetLease(ctx, key, refreshBelow)
	return e, n.hold(key, l), err
}

func (n *nearCache) GetLeases(ctx context.Context, keys []string, refreshBelow time.Duration) (map[string]entry, map[string]lease, error) {
	found, leases, err := n.Forward.GetLeases(ctx, slices.Sorted(slices.Values(keys)), refreshBelow)
	for key, l := range leases {
		leases[key] = n.hold(key, l)
	}
	return found, leases, err
}

func (n *nearCache) hold(key string, l lease) lease {
	if l == nil {
		return nil
	}
	n.held.Add(1)
	return &nearLease{lease: l, near: n, key: key}
}

type nearLease struct {
	lease
	near     *nearCache
	key      string
	released atomic.Bool
}

func (l *nearLease) Fill(ctx context.Context, e entry) error {
	err := l.lease.Fill(ctx, e)
	if err == nil {
		l.near.mu.Lock()
		l.near.filled[l.key] = true
		l.near.mu.Unlock()
		l.near.world.handIn(func(in *inbox) { in.filled = append(in.filled, l.near) })
	}
	return err
}

func (l *nearLease) Release(ctx context.Context) error {
	if ctx.Err() == nil && !l.released.Swap(true) {
		l.near.held.Add(-1)
	}
	return l.lease.Release(ctx)
}
