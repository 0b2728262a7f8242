package layers

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

func (s *stats[K, V]) Get(ctx context.Context, key K) (V, error) {
	value, err := s.Forward.Get(ctx, key)
	s.read(err)
	return value, err
}

func (s *stats[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	entry, err := s.Forward.GetEntry(ctx, key)
	s.read(err)
	return entry, err
}

func (s *stats[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	found, err := s.Forward.GetEntries(ctx, keys)
	s.readMany(keys, found, err)
	return found, err
}

// GetLease counts as no read: whoever asks for a lease has read before, and missed, or is about to write.
func (s *stats[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	entry, lease, err := s.Forward.GetLease(ctx, key, refreshBelow)
	s.failed(err)
	return entry, s.lease(lease), err
}

func (s *stats[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	found, leases, err := s.Forward.GetLeases(ctx, keys, refreshBelow)
	s.failed(err)
	return found, wrapLeases(leases, func(_ K, lease ctxcache.Lease[V]) ctxcache.Lease[V] { return s.lease(lease) }), err
}

func (s *stats[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	is, err := s.Forward.Contains(ctx, key)
	s.counters.add(countTests, 1)
	s.failed(err)
	return is, err
}

func (s *stats[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	n, err := s.Forward.Len(ctx, scope)
	s.failed(err)
	return n, err
}

func (s *stats[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	keys := s.Forward.Keys(ctx, scope)
	return func(yield func(K, error) bool) {
		for key, err := range keys {
			s.failed(err)
			if !yield(key, err) {
				return
			}
		}
	}
}

// Watch counts an error that ends it before its context does.
func (s *stats[K, V]) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	err := s.Forward.Watch(ctx, fn)
	if ctx.Err() == nil {
		s.failed(err)
	}
	return err
}

// read counts one value asked for.
func (s *stats[K, V]) read(err error) {
	switch err {
	case nil:
		s.counters.add(countHits, 1)
	case ctxcache.ErrMiss:
		s.counters.add(countMisses, 1)
	case ctxcache.ErrNotFound:
		s.counters.add(countNegatives, 1)
	default:
		s.counters.add(countUnanswered, 1)
		s.failed(err)
	}
}

// readMany counts the values asked for by a call for many.
func (s *stats[K, V]) readMany(keys []K, found map[K]ctxcache.Entry[V], err error) {
	many, some := errors.AsType[*ctxcache.ManyError[K]](err)
	if err != nil && !some {
		s.counters.add(countUnanswered, len(keys))
		s.failed(err)
		return
	}
	absent := 0
	for _, entry := range found {
		if entry.Absent {
			absent++
		}
	}
	s.counters.add(countHits, len(found)-absent)
	s.counters.add(countNegatives, absent)
	unread := 0
	if some {
		unread = len(many.Failed)
		s.failed(err)
	}
	s.counters.add(countUnanswered, unread)
	if len(found)+unread < len(keys) { // some were absent, or given twice
		s.counters.add(countMisses, distinct(keys)-len(found)-unread)
	}
}

// distinct returns how many different keys there are.
func distinct[K comparable](keys []K) int {
	if len(keys) < 2 {
		return len(keys)
	}
	seen := make(map[K]struct{}, len(keys))
	for _, key := range keys {
		seen[key] = struct{}{}
	}
	return len(seen)
}
