package rediscache

import (
	"context"
	"errors"
	"iter"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// Len counts the values in scope by listing their keys: it takes time and memory in proportion to all keys of the
// database, and to those of this cache. Only where every key is known to be a value, in a WholeDatabase of a Plain
// cache, it asks for DBSIZE.
func (c *Cache) Len(ctx context.Context, scope ctxcache.Scope[string]) (int, error) {
	if c.options.WholeDatabase && c.options.Plain && scope.All() && c.ops.Has(ctxcache.OpLen) {
		return call(ctx, c, "len", func(ctx context.Context) (int, error) {
			total, err := c.size(ctx)
			return int(total), err
		}, nil)
	}
	n := 0
	for _, err := range c.keys(ctx, "len", scope) {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// Keys yields the keys in scope that have a value, by SCAN: in time in proportion to all keys of the database.
// To yield none twice it remembers them.
func (c *Cache) Keys(ctx context.Context, scope ctxcache.Scope[string]) iter.Seq2[string, error] {
	return c.keys(ctx, "keys", scope)
}

// keys yields the keys of values in scope, each once.
func (c *Cache) keys(ctx context.Context, op string, scope ctxcache.Scope[string]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		seen := make(map[string]bool)
		for page, err := range c.scan(ctx, op, scope, "string") {
			if err != nil {
				yield("", err)
				return
			}
			for _, key := range page {
				if seen[key] {
					continue
				}
				seen[key] = true
				if !yield(key, nil) {
					return
				}
			}
		}
	}
}

// Clear deletes the keys in scope, by SCAN and UNLINK: values, negative entries, and the markers of leases; and those
// of a WholeDatabase by FLUSHDB. Fences of refresh leases fall with their entries.
func (c *Cache) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	if c.options.WholeDatabase && scope.All() && c.ops.Has(ctxcache.OpClear) {
		return do(ctx, c, "clear", func(ctx context.Context) error {
			return c.eachServer(ctx, func(server redis.Cmdable) error { return server.FlushDBAsync(ctx).Err() })
		})
	}
	for page, err := range c.scan(ctx, "clear", scope, "") {
		if err != nil {
			return err
		}
		err := do(ctx, c, "clear", func(ctx context.Context) error {
			var replies []*redis.IntCmd
			c.pipeline(ctx, func(pipe redis.Pipeliner) {
				for _, key := range page {
					replies = append(replies, pipe.Unlink(ctx, c.stored(key)))
				}
			})
			var failed []error
			for _, reply := range replies {
				failed = append(failed, reply.Err())
			}
			return errors.Join(failed...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// size returns the number of keys in the database.
func (c *Cache) size(ctx context.Context) (total int64, err error) {
	err = c.eachServer(ctx, func(server redis.Cmdable) error {
		n, err := server.DBSize(ctx).Result()
		total += n
		return err
	})
	return total, err
}
