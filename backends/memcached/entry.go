package memcached

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
)

// GetEntry returns the value of key. Its TTL is [ctxcache.Unknown].
func (c *Cache[V]) GetEntry(ctx context.Context, key string) (ctxcache.Entry[V], error) {
	s := c.store
	item, err := call(ctx, s, "get", func(context.Context) (*memcache.Item, error) {
		stored, err := s.stored(key)
		if err != nil {
			return nil, err
		}
		return s.get(stored)
	}, nil)
	if err != nil {
		return ctxcache.Entry[V]{}, err
	}
	return c.decode("get", item)
}

// SetEntry stores e: one set. It lives for the shorter of its TTL and its Keep.
func (c *Cache[V]) SetEntry(ctx context.Context, key string, e ctxcache.Entry[V]) error {
	s := c.store
	item, err := c.encode(ctx, "set", e)
	if err != nil {
		return err
	}
	return do(ctx, s, "set", func(context.Context) error {
		stored, err := s.stored(key)
		if err != nil {
			return err
		}
		item.Key = stored
		return s.client.Set(item)
	})
}

// decode returns what item, which may be nil, tells.
func (c *Cache[V]) decode(op string, item *memcache.Item) (ctxcache.Entry[V], error) {
	if item == nil || item.Flags == markerFlags {
		return ctxcache.Entry[V]{}, ctxcache.ErrMiss
	}
	if item.Flags == negativeFlags {
		return ctxcache.Entry[V]{Absent: true, TTL: ctxcache.Unknown}, ctxcache.ErrNotFound
	}
	value, err := c.serde.Decode(item.Value, item.Flags)
	if err != nil {
		return ctxcache.Entry[V]{}, ctxcache.Fail(layer, op, fmt.Errorf("%w: %w", ctxcache.ErrCorrupt, err))
	}
	return ctxcache.Entry[V]{Value: value, TTL: ctxcache.Unknown}, nil
}

// encode returns the item for e, still without its key, or why a call of op for it fails.
func (c *Cache[V]) encode(ctx context.Context, op string, e ctxcache.Entry[V]) (*memcache.Item, error) {
	if err := c.store.usable(ctx); err != nil {
		return nil, ctxcache.Fail(layer, op, err)
	}
	item, err := c.item(e)
	return item, ctxcache.Fail(layer, op, err)
}

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
	data, flags, err := c.serde.Encode(e.Value)
	if err != nil {
		return nil, err
	}
	if len(data) > options.MaxItemSize {
		return nil, fmt.Errorf("%w: %d bytes, of %d at most", ErrTooLarge, len(data), options.MaxItemSize)
	}
	return &memcache.Item{Value: data, Flags: flags, Expiration: end}, reserved(flags)
}
