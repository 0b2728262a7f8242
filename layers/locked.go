package layers

import (
	"context"
	"fmt"
	"hash/maphash"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Locked returns a cache that is safe for concurrent use, made of caches that need not be: it has as many
// shards as told, each a cache of its own from build under a lock of its own, and each key belongs to one
// shard. Calls about keys of different shards do not wait for each other; one that waits for a lock leaves with
// its context.
//
// Locked is for caches that must not be used by two goroutines at once, whether they write or only read. They
// keep all other rules of [ctxcache.Cache]. A bound that build sets is one for each shard. Nothing but the
// inner cache, and what it calls itself, runs under a lock: Keys, for one, lists the keys of a shard before it
// yields any.
//
// All capabilities that the caches have are kept, but for Watch, which would hold a lock for as long as it watches.
// Calls for many keys take the shards one after the other, and so do Len, Clear, Keys and Stats, which therefore
// are no snapshot of all; a Clear that fails may have cleared some shards. Stats adds up what the shards count.
//
// It panics if build is nil or returns nil. Fewer shards than one are a [ctxcache.ErrOptions], from every call.
func Locked[K comparable, V any](shards int, build func() ctxcache.Cache[K, V]) ctxcache.Cache[K, V] {
	need("Locked", "a function that builds a cache", build != nil)
	if shards < 1 {
		return invalid[K, V]{fmt.Errorf("locked: %w: %d shards", ctxcache.ErrOptions, shards)}
	}
	l := &locked[K, V]{
		shards: make([]lockedShard[K, V], shards),
		seed:   maphash.MakeSeed(),
		ops:    ^ctxcache.OpWatch,
	}
	for i := range l.shards {
		inner := build()
		need("Locked", "caches that are not nil", inner != nil)
		l.shards[i].lock.init()
		l.shards[i].inner = inner
		l.ops &= ctxcache.Supports(inner)
	}
	return l
}

type locked[K comparable, V any] struct {
	shards []lockedShard[K, V]
	seed   maphash.Seed
	ops    ctxcache.Op
}

// lockedShard is one cache that is only used under its lock.
type lockedShard[K comparable, V any] struct {
	lock  ctxLock
	inner ctxcache.Cache[K, V]

	_ [128]byte // processors fetch cache lines in pairs, and two shards share none
}

// shard returns the shard that key belongs to.
func (l *locked[K, V]) shard(key K) *lockedShard[K, V] {
	if len(l.shards) == 1 {
		return &l.shards[0]
	}
	return &l.shards[maphash.Comparable(l.seed, key)%uint64(len(l.shards))]
}

// enter returns the shard that key belongs to, locked.
func (l *locked[K, V]) enter(ctx context.Context, op string, key K) (*lockedShard[K, V], error) {
	if err := ctxcache.CheckKey(key); err != nil {
		return nil, ctxcache.Fail("locked", op, err)
	}
	shard := l.shard(key)
	return shard, shard.lock.lock(ctx)
}

// Supports is what all of the shards support, but for Watch.
func (l *locked[K, V]) Supports() ctxcache.Op { return l.ops }

func (l *locked[K, V]) Get(ctx context.Context, key K) (V, error) {
	shard, err := l.enter(ctx, "get", key)
	if err != nil {
		var none V
		return none, err
	}
	defer shard.lock.unlock()
	return shard.inner.Get(ctx, key)
}

func (l *locked[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	shard, err := l.enter(ctx, "set", key)
	if err != nil {
		return err
	}
	defer shard.lock.unlock()
	return shard.inner.Set(ctx, key, value, ttl)
}

func (l *locked[K, V]) Delete(ctx context.Context, key K) error {
	shard, err := l.enter(ctx, "delete", key)
	if err != nil {
		return err
	}
	defer shard.lock.unlock()
	return shard.inner.Delete(ctx, key)
}

func (l *locked[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	shard, err := l.enter(ctx, "contains", key)
	if err != nil {
		return false, err
	}
	defer shard.lock.unlock()
	return ctxcache.Contains(ctx, shard.inner, key)
}

func (l *locked[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	shard, err := l.enter(ctx, "remove", key)
	if err != nil {
		return false, err
	}
	defer shard.lock.unlock()
	return ctxcache.Remove(ctx, shard.inner, key)
}

func (l *locked[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	shard, err := l.enter(ctx, "get", key)
	if err != nil {
		return ctxcache.Entry[V]{}, err
	}
	defer shard.lock.unlock()
	return ctxcache.GetEntry(ctx, shard.inner, key)
}

func (l *locked[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	shard, err := l.enter(ctx, "set", key)
	if err != nil {
		return err
	}
	defer shard.lock.unlock()
	return ctxcache.SetEntry(ctx, shard.inner, key, e)
}
