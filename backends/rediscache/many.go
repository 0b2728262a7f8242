package rediscache

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// GetEntries returns the entries found, negative ones included, in one round trip per server. Each is of one
// moment, all of them together are not.
func (c *Cache) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[[]byte], error) {
	keys = unique(keys) // a copy: the caller may leave first, and use its slice again
	type entries = map[string]ctxcache.Entry[[]byte]
	return callMany(ctx, c, "get", func(ctx context.Context, failed map[string]error) (entries, error) {
		found := make(entries, len(keys))
		replies := c.runEach(ctx, entryScript, c.storedAll(keys), func(int) []any { return nil })
		for i, key := range keys {
			switch e, err := parseEntry(replies[i].Slice()); err {
			case nil, ctxcache.ErrNotFound:
				found[key] = e
			case ctxcache.ErrMiss:
			default:
				failed[key] = err
			}
		}
		return found, nil
	})
}

// SetEntries stores every entry: all values in one round trip per server, and negative entries, which take a
// script, in another. Should one of them be unsupported, see SetEntry, nothing is stored.
func (c *Cache) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[[]byte]) error {
	entries = maps.Clone(entries) // the caller may leave first, and use its map again
	_, err := callMany(ctx, c, "set", func(ctx context.Context, failed map[string]error) (none, error) {
		var values, negatives []string
		ttls := make(map[string]time.Duration, len(entries))
		for key, e := range entries {
			ttl, err := c.ttl(e)
			switch ttls[key] = ttl; {
			case err == errors.ErrUnsupported:
				return none{}, err
			case err != nil:
				failed[key] = err
			case e.Absent:
				negatives = append(negatives, key)
			default:
				values = append(values, key)
			}
		}
		replies := make(map[string]redis.Cmder, len(entries))
		c.pipeline(ctx, func(pipe redis.Pipeliner) {
			for _, key := range values {
				replies[key] = setValue(ctx, pipe, c.stored(key), entries[key].Value, ttls[key])
			}
		})
		stored := c.runEach(ctx, negativeScript, c.storedAll(negatives), func(i int) []any {
			return []any{lifeArg(ttls[negatives[i]])}
		})
		for i, key := range negatives {
			replies[key] = stored[i]
		}
		collectFailed(failed, replies)
		return none{}, nil
	})
	return err
}

// DeleteMany deletes every key, in one round trip per server.
func (c *Cache) DeleteMany(ctx context.Context, keys []string) error {
	keys = unique(keys)
	_, err := callMany(ctx, c, "delete", func(ctx context.Context, failed map[string]error) (none, error) {
		replies := make(map[string]redis.Cmder, len(keys))
		c.pipeline(ctx, func(pipe redis.Pipeliner) {
			for _, key := range keys {
				replies[key] = pipe.Unlink(ctx, c.stored(key))
			}
		})
		collectFailed(failed, replies)
		return none{}, nil
	})
	return err
}

// callMany is call for many keys: fn puts the keys that fail into failed, which become a ManyError. An error that it
// returns is about the whole call.
func callMany[T any](
	ctx context.Context, c *Cache, op string, fn func(ctx context.Context, failed map[string]error) (T, error),
) (T, error) {
	failed := make(map[string]error) // not touched here if the goroutine of the call still runs
	result, err := call(ctx, c, op, func(ctx context.Context) (T, error) { return fn(ctx, failed) }, nil)
	if err != nil || len(failed) == 0 {
		return result, err
	}
	for key, err := range failed {
		if done := calls.ContextError(ctx, err); done != nil {
			return result, done
		}
		failed[key] = c.fail(ctx, op, err)
	}
	return result, ctxcache.NewManyError(failed)
}

// collectFailed adds the keys whose command failed to failed.
func collectFailed(failed map[string]error, replies map[string]redis.Cmder) {
	for key, reply := range replies {
		if err := reply.Err(); err != nil {
			failed[key] = err
		}
	}
}

// unique returns keys, each once.
func unique(keys []string) []string {
	seen := make(map[string]bool, len(keys))
	once := make([]string, 0, len(keys))
	for _, key := range keys {
		if !seen[key] {
			seen[key] = true
			once = append(once, key)
		}
	}
	return once
}

// storedAll returns keys as they stand in Redis.
func (c *Cache) storedAll(keys []string) []string {
	stored := make([]string, len(keys))
	for i, key := range keys {
		stored[i] = c.stored(key)
	}
	return stored
}
