package layers

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// Stats returns inner with counters of what is asked of it, for [ctxcache.GetStats]; name stands for it in the table.
// Counting costs no lock, no allocation, and a few nanoseconds.
//
//   - Reads are the values asked for, each key of a call for many once; hits, negatives and misses
//     are what became of them. A read that failed is none of the three.
//   - Tests are the keys that Contains was asked about, unless inner has to be asked by Get: then they are reads.
//   - Writes are the values and negative entries stored, Deletes the keys deleted, whether or not they were there.
//     Clear counts as neither.
//   - Errors are the calls that failed, or the keys that did in a call for many. Not among them: misses,
//     ErrLeaseLost, errors.ErrUnsupported, and what the caller cancelled. A missed deadline is one: the cache
//     was too slow.
//
// The other counters belong to caches below, whose statistics are the child of this one's, if they have some. Entries
// is the child's.
func Stats[K comparable, V any](inner ctxcache.Cache[K, V], name string) ctxcache.Cache[K, V] {
	need("Stats", "an inner cache", inner != nil)
	return &stats[K, V]{Forward: ctxcache.NewForward(inner), name: name, counters: newCounters()}
}

// ResetStats makes the counters of c begin at zero again, if [Stats] has made it; those of caches below go on. For any
// other cache it is [errors.ErrUnsupported]. Counters that others collect, as metrics, are better left to count up.
func ResetStats[K comparable, V any](c ctxcache.Cache[K, V]) error {
	s, ok := c.(*stats[K, V])
	if !ok {
		return errors.ErrUnsupported
	}
	s.counters.reset()
	return nil
}

type stats[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	name     string
	counters counters
}

// Supports adds statistics to what the inner cache supports.
func (s *stats[K, V]) Supports() ctxcache.Op { return s.Forward.Supports() | ctxcache.OpStats }

// Stats returns what was counted since the last reset. Should the caches below fail to tell theirs, that error is returned
// beside it.
func (s *stats[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	if err := ctx.Err(); err != nil {
		return ctxcache.Stats{}, err
	}
	node := ctxcache.Stats{
		Name:      s.name,
		Tests:     s.counters.sum(countTests),
		Hits:      s.counters.sum(countHits),
		Negatives: s.counters.sum(countNegatives),
		Misses:    s.counters.sum(countMisses),
		Writes:    s.counters.sum(countWrites),
		Deletes:   s.counters.sum(countDeletes),
		Errors:    s.counters.sum(countFailures),
		Entries:   -1,
	}
	node.Reads = node.Hits + node.Negatives + node.Misses + s.counters.sum(countUnanswered)
	child, err := s.Forward.Stats(ctx)
	switch err {
	case nil:
		node.Entries = child.Entries
		node.Children = []ctxcache.Stats{child}
	case errors.ErrUnsupported:
		err = nil
	}
	return node, err
}

// answered counts n things of kind done, or a failure.
func (s *stats[K, V]) answered(done counter, n int, err error) {
	if err == nil {
		s.counters.add(done, n)
		return
	}
	s.failed(err)
}

// failed counts err, if it is a failure. A call for many fails once for each key that did.
func (s *stats[K, V]) failed(err error) {
	many, ok := errors.AsType[*ctxcache.ManyError[K]](err)
	if !ok {
		if isFailure(err) {
			s.counters.add(countFailures, 1)
		}
		return
	}
	for _, err := range many.Failed {
		if isFailure(err) {
			s.counters.add(countFailures, 1)
		}
	}
}

func isFailure(err error) bool {
	switch err {
	case nil, ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported:
		return false
	}
	return !errors.Is(err, context.Canceled)
}
