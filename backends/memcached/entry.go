package memcached

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// GetEntry returns the entry of key. Its TTL is [ctxcache.Unknown].
func (c *Cache[V]) GetEntry(ctx context.Context, key string) (ctxcache.Entry[V], error) {
	return c.read(ctx, ctxcache.OpGetEntry, key)
}

// SetEntry stores e, as Set does. The entry lives for its TTL or its CopyTTL, whichever is shorter.
func (c *Cache[V]) SetEntry(ctx context.Context, key string, e ctxcache.Entry[V]) error {
	return c.write(ctx, ctxcache.OpSetEntry, key, e)
}

// read returns the entry of key.
func (c *Cache[V]) read(ctx context.Context, op ctxcache.Operation, key string) (ctxcache.Entry[V], error) {
	s := c.store
	item, err := call(ctx, s, op, key, s.get)
	var e ctxcache.Entry[V]
	if err == nil {
		e, err = c.decode(item)
		err = s.calls.Fail(ctx, op, err)
	}
	s.calls.Counts.Read(err)
	return e, err
}

// write stores e under key. If it fails, or if its outcome is unknown, it deletes the key: see takeAway.
func (c *Cache[V]) write(
	ctx context.Context, op ctxcache.Operation, key string, e ctxcache.Entry[V],
) (err error) {
	defer func() { c.store.calls.Counts.Wrote(1, err) }()
	s := c.store
	if err := s.calls.Usable(ctx); err != nil {
		return ctxcache.Fail(layer, op, err)
	}
	item, unfit := c.itemToSet(ctx, key, e)
	if unfit != nil && !errors.Is(unfit, ctxcache.ErrValue) {
		return ctxcache.Fail(layer, op, unfit)
	}
	stored, err := s.stored(key)
	if err != nil {
		return ctxcache.Fail(layer, op, err)
	}
	var sent atomic.Bool
	failure, err := calls.Task[error]{
		Op: op, Server: s.serverOf(stored),
		Run: func(context.Context) (failure, answer error) {
			sent.Store(true)
			if err := s.set(stored, item, unfit); err != nil {
				failure = s.takeAway(stored, err)
			}
			return failure, reply(failure)
		},
		Left: func() { s.takeAwayLater(ctx, []string{stored}) },
		Late: func(failure error) {
			if failure == nil { // perhaps after the deletion by Left
				s.takeAwayLanded([]string{stored})
			}
		},
	}.Do(ctx, s.calls)
	if failure != nil {
		return s.calls.Fail(ctx, op, failure)
	}
	if !sent.Load() {
		s.notSent(err, stored)
	}
	return err
}

// decode returns the entry that item means. A nil item is ErrMiss.
func (c *Cache[V]) decode(item *memcache.Item) (ctxcache.Entry[V], error) {
	if item == nil || item.Flags == markerFlags {
		return ctxcache.Entry[V]{}, ctxcache.ErrMiss
	}
	if item.Flags == negativeFlags {
		return ctxcache.Entry[V]{Meta: ctxcache.Meta{Absent: true, TTL: ctxcache.Unknown}}, ctxcache.ErrNotFound
	}
	value, err := decode(c.codec, item.Value, item.Flags)
	if err != nil {
		return ctxcache.Entry[V]{}, err
	}
	return ctxcache.NewEntry(value, ctxcache.Unknown), nil
}

// itemToSet is item for a Set or SetEntry. If the codec panics, it deletes the key, whose old value must not stay.
func (c *Cache[V]) itemToSet(ctx context.Context, key string, e ctxcache.Entry[V]) (*memcache.Item, error) {
	returned := false
	defer func() {
		if !returned {
			_ = c.Delete(ctx, key) // the panic goes on, so nobody can get the error
		}
	}()
	item, err := c.item(e)
	returned = true
	return item, err
}

// item returns the item for e, still without its key, or an error if e cannot be stored. If the error wraps ErrValue, the
// value is the reason, and e is otherwise correct.
func (c *Cache[V]) item(e ctxcache.Entry[V]) (*memcache.Item, error) {
	options := &c.store.options
	if e.Absent && options.Plain {
		return nil, errors.ErrUnsupported
	}
	if err := e.Check(); err != nil {
		return nil, err
	}
	ttl := e.TTL
	if ttl == 0 {
		ttl = options.TTL
	}
	end, err := expiry(e.Life(ttl), time.Now())
	if err != nil {
		return nil, err
	}
	if e.Absent {
		return &memcache.Item{Flags: negativeFlags, Expiration: end}, nil
	}
	data, flags, err := encode(c.codec, e.Value)
	if err != nil {
		return nil, err
	}
	if len(data) > options.MaxItemSize {
		return nil, fmt.Errorf("%w: %d bytes, and the limit is %d", ErrTooLarge, len(data), options.MaxItemSize)
	}
	return &memcache.Item{Value: data, Flags: flags, Expiration: end}, nil
}
