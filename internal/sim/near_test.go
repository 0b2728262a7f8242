package sim_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// nearCache is a near cache in memory that counts its leases. It does not depend on the random order of a map.
// Evictions depend on the order in which keys were used. Therefore keys that are read together are read in order, and
// keys that were filled together are read once more, in order. A batch is never larger than the cache, so the cache
// evicts the same keys in any order.
type nearCache struct {
	ctxcache.Forward[string, value]
	world  *world
	memory *memory.Cache[string, value]

	mu     sync.Mutex
	filled map[string]bool // the keys filled since the last settle
	open   map[lease]bool  // leases that were granted and have not ended
}

func newNear(w *world) *nearCache {
	m := memory.New(&memory.Options[string, value]{MaxEntries: nearEntries, Shards: 1, Policy: memory.LRU})
	return &nearCache{
		Forward: ctxcache.NewForward[string, value](m, ctxcache.Description{Kind: "near"}),
		world:   w, memory: m, filled: make(map[string]bool), open: make(map[lease]bool),
	}
}

// settle reads the keys that were filled together, in order. It is called when nothing runs.
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

// evict evicts all entries, by storing others in their place. Leases stand.
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
	n.hold(l)
	return e, l, err
}

func (n *nearCache) GetLeases(ctx context.Context, keys []string, refreshBelow time.Duration) (map[string]entry, map[string]lease, error) {
	found, leases, err := n.Forward.GetLeases(ctx, slices.Sorted(slices.Values(keys)), refreshBelow)
	for _, l := range leases {
		n.hold(l)
	}
	return found, leases, err
}

// hold records a lease if it was granted.
func (n *nearCache) hold(l lease) {
	if l.Granted() {
		n.mu.Lock()
		n.open[l] = true
		n.mu.Unlock()
	}
}

// end records that the stack has ended a lease.
func (n *nearCache) end(l lease) {
	n.mu.Lock()
	delete(n.open, l)
	n.mu.Unlock()
}

// held returns how many leases were granted and have not ended.
func (n *nearCache) held() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.open)
}

func (n *nearCache) Fill(ctx context.Context, key string, l lease, e entry) error {
	err := n.Forward.Fill(ctx, key, l, e)
	n.filledBy(key, l, err)
	return err
}

func (n *nearCache) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	err := n.Forward.FillMany(ctx, entries, leases)
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		n.filledBy(key, leases[key], ctxcache.KeyError(err, key))
	}
	return err
}

// filledBy records how a fill ended.
func (n *nearCache) filledBy(key string, l lease, err error) {
	if err == nil || err == ctxcache.ErrLeaseLost {
		n.end(l)
	}
	if err == nil {
		n.mu.Lock()
		n.filled[key] = true
		n.mu.Unlock()
		n.world.handIn(func(in *inbox) { in.filled = append(in.filled, n) })
	}
}

func (n *nearCache) Release(ctx context.Context, key string, l lease) error {
	if ctx.Err() == nil {
		n.end(l)
	}
	return n.Forward.Release(ctx, key, l)
}

func (n *nearCache) ReleaseMany(ctx context.Context, leases map[string]lease) error {
	for _, l := range leases {
		if ctx.Err() == nil {
			n.end(l)
		}
	}
	return n.Forward.ReleaseMany(ctx, leases)
}

func (n *nearCache) Drop(ctx context.Context, key string, l lease) error {
	if ctx.Err() == nil {
		n.end(l)
	}
	return n.Forward.Drop(ctx, key, l)
}
