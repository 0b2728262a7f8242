package layers

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

func (s *stats[K, V]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	err := s.Forward.Set(ctx, key, value, ttl)
	s.answered(countWrites, 1, err)
	return err
}

func (s *stats[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	err := s.Forward.SetEntry(ctx, key, e)
	s.answered(countWrites, 1, err)
	return err
}

func (s *stats[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	err := s.Forward.SetEntries(ctx, entries)
	s.didMany(countWrites, func() int { return len(entries) }, err)
	return err
}

func (s *stats[K, V]) Delete(ctx context.Context, key K) error {
	err := s.Forward.Delete(ctx, key)
	s.answered(countDeletes, 1, err)
	return err
}

func (s *stats[K, V]) Remove(ctx context.Context, key K) (was bool, err error) {
	was, err = s.Forward.Remove(ctx, key)
	s.answered(countDeletes, 1, err)
	return was, err
}

func (s *stats[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	err := s.Forward.DeleteMany(ctx, keys)
	s.didMany(countDeletes, func() int { return distinct(keys) }, err)
	return err
}

func (s *stats[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	err := s.Forward.Clear(ctx, scope)
	s.failed(err)
	return err
}

// didMany counts a call that did something to n keys, less those that failed. If it failed as a whole there may
// be keys among them that cannot be counted.
func (s *stats[K, V]) didMany(done counter, n func() int, err error) {
	many, some := errors.AsType[*ctxcache.ManyError[K]](err)
	switch {
	case err == nil:
		s.counters.add(done, n())
	case some:
		s.counters.add(done, n()-len(many.Failed))
		s.failed(err)
	default:
		s.failed(err)
	}
}

// lease returns lease counted; nil stays nil.
func (s *stats[K, V]) lease(lease ctxcache.Lease[V]) ctxcache.Lease[V] {
	if lease == nil {
		return nil
	}
	return &statsLease[K, V]{lease: lease, stats: s}
}

type statsLease[K comparable, V any] struct {
	lease ctxcache.Lease[V]
	stats *stats[K, V]
}

func (l *statsLease[K, V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	err := l.lease.Fill(ctx, e)
	l.stats.answered(countWrites, 1, err)
	return err
}

func (l *statsLease[K, V]) Release(ctx context.Context) error {
	err := l.lease.Release(ctx)
	l.stats.failed(err)
	return err
}
