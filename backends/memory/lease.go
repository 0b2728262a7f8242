package memory

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// token is the token of a lease. It has no pointer to the cache, so a lease that is held does not keep the cache from
// being garbage collected.
type token[K comparable] struct {
	cache    uint64 // the id of the cache that granted the lease
	sequence uint64 // see leases.Table
	key      K
}

// caches counts the caches of this process. The id of a cache is its number.
var caches atomic.Uint64

// GetLease returns what GetEntry returns. If key is absent, or its remaining TTL is at most refreshBelow, it also
// returns a lease, unless another holder has one. The lease stands as long as its load lives (see
// [ctxcache.LoadContext]), and for at least Options.LeaseTTL. It does not end if the entry is evicted or expires.
//
// GetLease does not count as a read in the statistics, because its caller has already read and missed, or is about to write.
// It does so under the context of [ctxcache.CountAsRead].
func (c *Cache[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (e ctxcache.Entry[V], lease ctxcache.Lease, err error) {
	lease, err = c.getLease(ctx, ctxcache.OpGetLease, key, refreshBelow, &e)
	return e, lease, err
}

// getLease is GetLease as a part of operation op.
func (c *Cache[K, V]) getLease(
	ctx context.Context, op ctxcache.Operation, key K, refreshBelow time.Duration, e *ctxcache.Entry[V],
) (ctxcache.Lease, error) {
	if err := ctxcache.CheckTTL(refreshBelow); err != nil {
		return ctxcache.Lease{}, c.reject(ctx, op, err)
	}
	load, counts := ctxcache.LoadContext(ctx).Done(), ctxcache.CountsAsRead(ctx)
	s, hash, err := c.enter(ctx, op, key)
	if err != nil {
		return ctxcache.Lease{}, err
	}
	i, err := s.useEntry(key, hash, e)
	if counts {
		s.countRead(err)
		defer c.sawRead(hash, s.see(i)) // after the unlock
	}
	if err != ctxcache.ErrMiss && !ctxcache.Due(e.TTL, refreshBelow) {
		s.unlock()
		return ctxcache.Lease{}, err
	}
	key = c.keys.Copy(key) // the lease outlives the call
	sequence, granted := s.leases.Grant(key, load, s.now())
	s.unlockLeased(key, sequence)
	if !granted {
		return ctxcache.NoLease(ctxcache.Loading), err
	}
	return ctxcache.NewLease(token[K]{c.id, sequence, key}), err
}

// unlockLeased is unlock after a lease was granted on key, or refused, with sequence 0. If OnEvict panics, the lease ends,
// because nobody gets it.
func (s *shard[K, V]) unlockLeased(key K, sequence uint64) {
	returned := false
	defer func() {
		if !returned {
			s.endLease(key, sequence)
		}
	}()
	s.unlock()
	returned = true
}

// endLease ends a lease, if it stands.
func (s *shard[K, V]) endLease(key K, sequence uint64) {
	s.mu.Lock()
	s.leases.End(key, sequence, s.now())
	s.mu.Unlock()
}

// useEntry puts the entry of key into e, and returns its slot. It returns 0 and ErrMiss without an entry, and ErrNotFound with a
// negative entry. It counts as a use, but not as a hit.
func (s *shard[K, V]) useEntry(key K, hash uint64, e *ctxcache.Entry[V]) (uint32, error) {
	i, now := s.find(key, hash)
	if i == 0 {
		return 0, ctxcache.ErrMiss
	}
	s.use(i, now)
	s.slots.describe(i, e, now)
	if s.slots.at(i).absent() {
		s.negatives.use(i)
		return i, ctxcache.ErrNotFound
	}
	return i, nil
}

// countRead counts a read that useEntry has done, by its error. The caller holds the lock alone.
func (s *shard[K, V]) countRead(err error) {
	switch err {
	case nil:
		s.mu.countHit()
	case ctxcache.ErrNotFound:
		s.count.negatives++
	default:
		s.count.misses.Add(1)
	}
}

// sequenceOf returns the sequence number of lease. It returns 0, which no lease has, unless c granted lease on this
// key. It compares the key because a layer may make its keys from the context: the value of one tenant must not be
// stored under another tenant's key.
func (c *Cache[K, V]) sequenceOf(lease ctxcache.Lease, key K) uint64 {
	if t, ok := lease.Token().(token[K]); ok && t.cache == c.id && t.key == key {
		return t.sequence
	}
	return 0
}
