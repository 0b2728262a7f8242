package layers

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Get returns the value of key from the scope, or else from the inner cache.
func (c *requestScoped[K, V]) Get(ctx context.Context, key K) (V, error) {
	part := c.part(requestScopeOf(ctx))
	if part == nil {
		return c.inner.Get(ctx, key)
	}
	e, err := c.read(ctx, part, key) // as an entry, because the scope must know when it expires
	return e.Value, err
}

// GetEntry is Get with what is known about the value.
func (c *requestScoped[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	part := c.part(requestScopeOf(ctx))
	if part == nil {
		return c.Forward.GetEntry(ctx, key)
	}
	return c.read(ctx, part, key)
}

// Contains reports whether key has a value, in the scope or else in the inner cache. The scope does not remember the
// answer, because it is not a value.
func (c *requestScoped[K, V]) Contains(ctx context.Context, key K) (bool, error) {
	part := c.part(requestScopeOf(ctx))
	switch {
	case part == nil || ctx.Err() != nil || ctxcache.CheckKey(key) != nil:
	case !c.Supports().Has(ctxcache.CapContains): // the inner cache would be asked for the value
		switch _, err := c.read(ctx, part, key); err {
		case nil:
			return true, nil
		case ctxcache.ErrMiss, ctxcache.ErrNotFound:
			return false, nil
		default:
			return false, err
		}
	default:
		if kept, has := part.known(key); has {
			return kept.err == nil, nil
		}
	}
	return c.Forward.Contains(ctx, key)
}

// read returns what the scope has, or what a read that is running finds, or else what the inner cache has.
func (c *requestScoped[K, V]) read(ctx context.Context, part *scopePart[K, V], key K) (ctxcache.Entry[V], error) {
	if ctx.Err() != nil || ctxcache.CheckKey(key) != nil {
		return c.Forward.GetEntry(ctx, key) // refuses
	}
	kept, has, turn := part.enter(key, false)
	switch {
	case has:
		return c.give(kept)
	case turn.token == nil:
		select {
		case <-turn.read.done:
		case <-ctx.Done():
			return ctxcache.Entry[V]{}, ctx.Err()
		}
		if joined, alive := turn.read.answer.at(time.Now()); alive && answered(joined.err) {
			return c.give(joined)
		}
		// The read has failed, perhaps because its own caller has left. Those who have waited for it do not wait for
		// each other: in an outage the last of them would wait for all.
		if kept, has, turn = part.enter(key, true); has {
			return c.give(kept)
		}
	}
	return c.ask(ctx, part, turn, key)
}

// answered reports whether err is an answer of a cache to a read, and not a failure.
func answered(err error) bool {
	return err == nil || err == ctxcache.ErrNotFound || err == ctxcache.ErrMiss
}

// ask asks the inner cache for key, and ends turn, even if that panics.
func (c *requestScoped[K, V]) ask(
	ctx context.Context, part *scopePart[K, V], turn scopeTurn[K, V], key K,
) (ctxcache.Entry[V], error) {
	ended := false
	defer func() {
		if !ended {
			part.endRead(turn, noAnswer[V]())
		}
	}()
	began := time.Now()
	e, err := c.Forward.GetEntry(ctx, key)
	got := c.answer(e, err, began)
	ended = true
	if other, replaced := part.endRead(turn, got); replaced {
		return c.give(other)
	}
	return e, err
}
