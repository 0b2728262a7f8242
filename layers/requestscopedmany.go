package layers

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetEntries returns what the scope has of keys. It asks the inner cache for the others, in one call.
func (c *requestScoped[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	part := c.part(requestScopeOf(ctx))
	if part == nil || len(keys) == 0 || ctx.Err() != nil || !allValid(keys) {
		return c.Forward.GetEntries(ctx, keys)
	}
	found := make(map[K]ctxcache.Entry[V], len(keys))
	turns := make(map[K]scopeTurn[K, V])
	defer func() { // nothing is left, unless the inner cache or clone has panicked
		for _, turn := range turns {
			part.endRead(turn, noAnswer[V]())
		}
	}()
	var missing []K
	for _, key := range keys {
		if _, twice := turns[key]; twice {
			continue
		}
		kept, has, turn := part.enter(key, true)
		if has {
			found[key], _ = c.give(kept) // a negative entry says so itself
			continue
		}
		turns[key] = turn
		missing = append(missing, key)
	}
	if len(missing) == 0 {
		return found, nil
	}
	began := time.Now()
	entries, err := c.Forward.GetEntries(ctx, missing)
	for _, key := range missing {
		e, there := entries[key]
		answer, replaced := part.endRead(turns[key], c.answerOfMany(e, there, ctxcache.KeyError(err, key), began))
		delete(turns, key)
		if replaced {
			e, _ = c.give(answer) // as above
			there = true
		}
		if there {
			found[key] = e
		}
	}
	return found, err
}

// answerOfMany is answer for one key of a call for many, which has failed for this key if err is not nil.
func (c *requestScoped[K, V]) answerOfMany(e ctxcache.Entry[V], there bool, err error, since time.Time) scopeAnswer[V] {
	switch {
	case err != nil:
	case !there:
		err = ctxcache.ErrMiss
	case e.Absent:
		err = ctxcache.ErrNotFound
	}
	return c.answer(e, err, since)
}

// allValid reports whether a map can have each of keys. The inner cache refuses the others.
func allValid[K comparable](keys []K) bool {
	for _, key := range keys {
		if ctxcache.CheckKey(key) != nil {
			return false
		}
	}
	return true
}

// GetMany returns the values of GetEntries. Without a scope it is as fast as the inner cache's.
func (c *requestScoped[K, V]) GetMany(ctx context.Context, keys []K) (map[K]V, error) {
	if c.part(requestScopeOf(ctx)) == nil {
		return ctxcache.GetMany(ctx, c.inner, keys)
	}
	values, _, err := c.getValues(ctx, keys)
	return values, err
}

// GetValues is GetMany that also returns the keys with negative entries.
func (c *requestScoped[K, V]) GetValues(ctx context.Context, keys []K) (values map[K]V, negative []K, err error) {
	if c.values != nil && c.part(requestScopeOf(ctx)) == nil {
		return c.values.GetValues(ctx, keys)
	}
	return c.getValues(ctx, keys)
}

func (c *requestScoped[K, V]) getValues(ctx context.Context, keys []K) (values map[K]V, negative []K, err error) {
	found, err := c.GetEntries(ctx, keys)
	values = make(map[K]V, len(found))
	for key, e := range found {
		if e.Absent {
			negative = append(negative, key)
		} else {
			values[key] = e.Value
		}
	}
	return values, negative, err
}
