package layers

import (
	"context"
	"fmt"
	"hash/maphash"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/shards"
)

// Locked makes a cache that is safe for concurrent use out of caches that are not. It calls build once for each shard.
// Each shard has its own cache and its own lock, and each key belongs to one shard. Calls for keys of different shards
// do not wait for each other. A call that waits for a lock returns the error of its context when that is done. Calls that
// came later may overtake it for a millisecond, but not any longer.
//
// The caches that build returns need not allow concurrent calls, not even two reads. They must keep all other rules of
// [ctxcache.Cache]. A size limit that build sets counts for each shard. While a lock is held, only the inner cache and
// the functions that it calls run. For example, Keys lists all keys of a shard before it yields the first.
// [ctxcache.CloseAll], [ctxcache.Check] and [ctxcache.ServerStats] use the inner caches without the locks. So if these do not
// allow that, call them while no other call runs.
//
// Locked supports everything that the caches support, except Watch, which would hold a lock for as long as it watches.
// Calls for many keys, Len, Clear, Keys and Stats lock one shard after the other, so their results are not a snapshot
// of all shards. A Clear that fails may have cleared some of the shards. A call for many keys whose context ends between
// two shards returns the context's error; GetLeases then names the keys without a lease. Stats returns the sum over the
// shards.
//
// Locked panics if build is nil or returns nil. If shards is less than 1, every call returns a [ctxcache.ErrOptions].
func Locked[K comparable, V any](shards int, build func() ctxcache.Cache[K, V]) ctxcache.Cache[K, V] {
	need("Locked", "a function that builds a cache", build != nil)
	about := ctxcache.Description{Kind: "locked", Options: []ctxcache.Option{{Name: "shards", Value: shards}}}
	if shards < 1 {
		return ctxcache.Invalid[K, V](about, fmt.Errorf("%w: %d shards", ctxcache.ErrOptions, shards))
	}
	l := &locked[K, V]{
		shards: make([]lockedShard[K, V], shards),
		seed:   maphash.MakeSeed(),
		caps:   (^ctxcache.CapWatch).In(ctxcache.ScopesAny),
	}
	for i := range l.shards {
		inner := build()
		need("Locked", "caches that are not nil", inner != nil)
		l.shards[i].lock.init()
		l.shards[i].inner = ctxcache.NewForward(inner, ctxcache.Description{})
		l.caps = l.caps.And(l.shards[i].inner.Supports())
		about.Children = append(about.Children, ctxcache.NodeOf(inner))
	}
	l.about = about
	return l
}

type locked[K comparable, V any] struct {
	shards []lockedShard[K, V]
	seed   maphash.Seed // its own seed: a shard may spread keys over shards, too
	caps   ctxcache.Cap
	about  ctxcache.Description
}

// lockedShard is one cache, and the lock that must be held to use it.
type lockedShard[K comparable, V any] struct {
	lock  ctxLock
	inner ctxcache.Forward[K, V]

	_ [128]byte // processors fetch cache lines in pairs: two shards must not share any
}

// shard returns the shard that key belongs to.
func (l *locked[K, V]) shard(key K) *lockedShard[K, V] {
	return &l.shards[shards.Seeded(l.seed, key, len(l.shards))]
}

// enter locks the shard that key belongs to, and returns it. If it returns an error, nothing is locked.
func (l *locked[K, V]) enter(ctx context.Context, op ctxcache.Operation, key K) (*lockedShard[K, V], error) {
	if err := ctxcache.CheckKey(key); err != nil {
		return nil, ctxcache.Fail("locked", op, err)
	}
	shard := l.shard(key)
	return shard, shard.lock.lock(ctx)
}

func (l *locked[K, V]) Get(ctx context.Context, key K) (V, error) {
	shard, err := l.enter(ctx, ctxcache.OpGet, key)
	if err != nil {
		var none V
		return none, err
	}
	defer shard.lock.unlock()
	return shard.inner.Get(ctx, key)
}

func (l *locked[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	shard, err := l.enter(ctx, ctxcache.OpSet, key)
	if err != nil {
		return err
	}
	defer shard.lock.unlock()
	return shard.inner.Set(ctx, key, value, ttl)
}

func (l *locked[K, V]) Delete(ctx context.Context, key K) error {
	shard, err := l.enter(ctx, ctxcache.OpDelete, key)
	if err != nil {
		return err
	}
	defer shard.lock.unlock()
	return shard.inner.Delete(ctx, key)
}

func (l *locked[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	shard, err := l.enter(ctx, ctxcache.OpContains, key)
	if err != nil {
		return false, err
	}
	defer shard.lock.unlock()
	return shard.inner.Contains(ctx, key)
}

func (l *locked[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	shard, err := l.enter(ctx, ctxcache.OpRemove, key)
	if err != nil {
		return false, err
	}
	defer shard.lock.unlock()
	return shard.inner.Remove(ctx, key)
}

func (l *locked[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	shard, err := l.enter(ctx, ctxcache.OpGetEntry, key)
	if err != nil {
		return ctxcache.Entry[V]{}, err
	}
	defer shard.lock.unlock()
	return shard.inner.GetEntry(ctx, key)
}

func (l *locked[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	shard, err := l.enter(ctx, ctxcache.OpSetEntry, key)
	if err != nil {
		return err
	}
	defer shard.lock.unlock()
	return shard.inner.SetEntry(ctx, key, e)
}
