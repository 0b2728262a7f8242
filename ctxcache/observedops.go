package ctxcache

import (
	"context"
	"errors"
	"iter"
	"time"
)

// observe makes a call by do, which returns its result and its outcome. It reports whether the result stands: it does
// not if the interceptor has answered instead.
func observe[K comparable, V, S, R any](
	ctx context.Context, o *Observed[K, V, S], call Call[K], do func(context.Context) (R, Outcome),
) (result R, stands bool, err error) {
	ctx, state, err := o.interceptor.Before(ctx, call)
	if err != nil {
		return result, false, err
	}
	outcome := Outcome{Err: ErrUnreturned}
	defer func() {
		err = o.interceptor.After(ctx, call, state, outcome)
		if stands = o.watches || !replaced(outcome.Err, err); !stands {
			var none R
			result = none
		}
	}()
	result, outcome = do(ctx)
	return result, true, outcome.Err
}

// observeError is observe for an operation that returns an error only.
func observeError[K comparable, V, S any](
	ctx context.Context, o *Observed[K, V, S], call Call[K], do func(context.Context) error,
) error {
	_, _, err := observe(ctx, o, call, func(ctx context.Context) (struct{}, Outcome) {
		return struct{}{}, Outcome{Err: do(ctx)}
	})
	return err
}

// Get passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Get(ctx context.Context, key K) (V, error) {
	value, _, err := observe(ctx, o, Call[K]{Op: OpGet, Key: key}, func(ctx context.Context) (V, Outcome) {
		value, err := o.inner.Get(ctx, key)
		return value, Outcome{Err: err}
	})
	return value, err
}

// Set passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	return observeError(ctx, o, Call[K]{Op: OpSet, Key: key, TTL: ttl}, func(ctx context.Context) error {
		return o.inner.Set(ctx, key, value, ttl)
	})
}

// Delete passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Delete(ctx context.Context, key K) error {
	return observeError(ctx, o, Call[K]{Op: OpDelete, Key: key}, func(ctx context.Context) error {
		return o.inner.Delete(ctx, key)
	})
}

// Contains passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Contains(ctx context.Context, key K) (bool, error) {
	has, _, err := observe(ctx, o, Call[K]{Op: OpContains, Key: key}, func(ctx context.Context) (bool, Outcome) {
		has, err := o.inner.Contains(ctx, key)
		return has, Outcome{Err: err, Was: has}
	})
	return has, err
}

// Remove passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Remove(ctx context.Context, key K) (was bool, err error) {
	was, _, err = observe(ctx, o, Call[K]{Op: OpRemove, Key: key}, func(ctx context.Context) (bool, Outcome) {
		was, err := o.inner.Remove(ctx, key)
		return was, Outcome{Err: err, Was: was}
	})
	return was, err
}

// GetEntry passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) GetEntry(ctx context.Context, key K) (Entry[V], error) {
	e, _, err := observe(ctx, o, Call[K]{Op: OpGetEntry, Key: key}, func(ctx context.Context) (Entry[V], Outcome) {
		e, err := o.inner.GetEntry(ctx, key)
		return e, Outcome{Err: err}
	})
	return e, err
}

// SetEntry passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) SetEntry(ctx context.Context, key K, e Entry[V]) error {
	return observeError(ctx, o, Call[K]{Op: OpSetEntry, Key: key, TTL: e.TTL}, func(ctx context.Context) error {
		return o.inner.SetEntry(ctx, key, e)
	})
}

// GetEntries passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) GetEntries(ctx context.Context, keys []K) (map[K]Entry[V], error) {
	found, _, err := observe(ctx, o, Call[K]{Op: OpGetEntries, list: keys}, func(ctx context.Context) (map[K]Entry[V], Outcome) {
		found, err := o.inner.GetEntries(ctx, keys)
		return found, outcomeOf(found, err)
	})
	return found, err
}

// outcomeOf returns the outcome of a call that found entries.
func outcomeOf[K comparable, V any](found map[K]Entry[V], err error) Outcome {
	negatives := 0
	for _, e := range found {
		if e.Absent {
			negatives++
		}
	}
	return Outcome{Err: err, Values: len(found) - negatives, Negatives: negatives}
}

// SetEntries passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) SetEntries(ctx context.Context, entries map[K]Entry[V]) error {
	return observeError(ctx, o, Call[K]{Op: OpSetEntries, set: entryKeys[K, V](entries)}, func(ctx context.Context) error {
		return o.inner.SetEntries(ctx, entries)
	})
}

// DeleteMany passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) DeleteMany(ctx context.Context, keys []K) error {
	return observeError(ctx, o, Call[K]{Op: OpDeleteMany, list: keys}, func(ctx context.Context) error {
		return o.inner.DeleteMany(ctx, keys)
	})
}

// Len passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Len(ctx context.Context, scope Scope[K]) (int, error) {
	n, _, err := observe(ctx, o, Call[K]{Op: OpLen}, func(ctx context.Context) (int, Outcome) {
		n, err := o.inner.Len(ctx, scope)
		return n, Outcome{Err: err, Values: n}
	})
	return n, err
}

// Clear passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Clear(ctx context.Context, scope Scope[K]) error {
	return observeError(ctx, o, Call[K]{Op: OpClear}, func(ctx context.Context) error {
		return o.inner.Clear(ctx, scope)
	})
}

// Keys passes the call to the inner cache each time that the sequence is ranged over, and reports it to the observer as one
// operation, which ends with the loop.
func (o *Observed[K, V, S]) Keys(ctx context.Context, scope Scope[K]) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		left := false
		_, _, err := observe(ctx, o, Call[K]{Op: OpKeys}, func(ctx context.Context) (struct{}, Outcome) {
			yielded := 0
			for key, err := range o.inner.Keys(ctx, scope) {
				if err != nil {
					return struct{}{}, Outcome{Err: err, Values: yielded}
				}
				yielded++
				if left = !yield(key, nil); left {
					break
				}
			}
			return struct{}{}, Outcome{Values: yielded}
		})
		if err != nil && !left {
			var zero K
			yield(zero, err)
		}
	}
}

// Watch passes the call to the inner cache, and reports it to the observer as one operation, which ends when Watch returns.
func (o *Observed[K, V, S]) Watch(ctx context.Context, fn func(Event)) error {
	return observeError(ctx, o, Call[K]{Op: OpWatch}, func(ctx context.Context) error {
		return o.inner.Watch(ctx, fn)
	})
}

// Stats passes the call to the inner cache, and reports it to the observer.
func (o *Observed[K, V, S]) Stats(ctx context.Context) (Stats, error) {
	stats, _, err := observe(ctx, o, Call[K]{Op: OpStats}, func(ctx context.Context) (Stats, Outcome) {
		stats, err := o.inner.Stats(ctx)
		return stats, Outcome{Err: err}
	})
	return stats, err
}

// withReleased returns err, together with the error of a release if that failed.
func withReleased[K comparable](err, released error) error {
	if released = UnlessLost[K](released); released == nil {
		return err
	}
	return errors.Join(err, released)
}
