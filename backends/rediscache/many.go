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

// GetEntries returns the entries of keys, including negative ones, in one round trip per server. Absent keys are not in
// the map. Each entry is read in one step, but not all entries at the same moment. Keys that failed are reported by a
// [*ctxcache.ManyError].
func (c *Cache) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[[]byte], error) {
	keys = calls.Unique(keys) // a copy: the caller may leave first and change its slice
	type entries = map[string]ctxcache.Entry[[]byte]
	return calls.Many(ctx, c.calls, ctxcache.OpGetEntries, func(ctx context.Context) (entries, map[string]error, error) {
		found, failed := make(entries, len(keys)), make(map[string]error)
		reads := make([]scriptCall, len(keys))
		for i, key := range keys {
			reads[i] = scriptCall{script: entryScript, stored: c.stored(key)}
		}
		for i, reply := range c.runEach(ctx, reads) {
			switch e, err := parseEntry(reply.Slice()); err {
			case nil, ctxcache.ErrNotFound:
				found[keys[i]] = e
			case ctxcache.ErrMiss:
			default:
				failed[keys[i]] = err
			}
		}
		return found, failed, nil
	})
}

// SetEntries stores every entry, and ends leases on their keys. It takes one round trip per server for all values, and
// another one for negative entries, which need a script. If an entry is not supported (see SetEntry), it stores
// nothing. Other keys that failed are reported by a [*ctxcache.ManyError].
func (c *Cache) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[[]byte]) error {
	entries = maps.Clone(entries) // the caller may leave first and change its map
	return calls.DoMany(ctx, c.calls, ctxcache.OpSetEntries, func(ctx context.Context) (map[string]error, error) {
		failed := make(map[string]error)
		ttls := make(map[string]time.Duration, len(entries)) // of the values
		var negatives []string
		var scripts []scriptCall // for the negatives
		for key, e := range entries {
			ttl, err := c.ttl(e)
			switch {
			case err == errors.ErrUnsupported:
				return nil, err
			case err != nil:
				failed[key] = err
			case e.Absent:
				negatives, scripts = append(negatives, key), append(scripts, c.negative(key, ttl))
			default:
				ttls[key] = ttl
			}
		}
		replies := make(map[string]redis.Cmder, len(entries))
		pipeline(ctx, c.client, func(pipe redis.Pipeliner) {
			for key, ttl := range ttls {
				replies[key] = setValue(ctx, pipe, c.stored(key), entries[key].Value, ttl)
			}
		})
		for i, reply := range c.runEach(ctx, scripts) {
			replies[negatives[i]] = reply
		}
		collectFailed(failed, replies)
		return failed, nil
	})
}

// DeleteMany deletes every key, in one round trip per server. Keys that failed are reported by a [*ctxcache.ManyError].
func (c *Cache) DeleteMany(ctx context.Context, keys []string) error {
	keys = calls.Unique(keys)
	return calls.DoMany(ctx, c.calls, ctxcache.OpDeleteMany, func(ctx context.Context) (map[string]error, error) {
		return c.unlink(ctx, c.client, keys), nil
	})
}

// unlink deletes keys by client, in one round trip per server, and returns the errors of those that failed.
func (c *Cache) unlink(ctx context.Context, client redis.Cmdable, keys []string) (failed map[string]error) {
	replies := make(map[string]redis.Cmder, len(keys))
	pipeline(ctx, client, func(pipe redis.Pipeliner) {
		for _, key := range keys {
			replies[key] = pipe.Unlink(ctx, c.stored(key))
		}
	})
	failed = make(map[string]error)
	collectFailed(failed, replies)
	return failed
}

// collectFailed adds the errors of failed replies to failed.
func collectFailed(failed map[string]error, replies map[string]redis.Cmder) {
	for key, reply := range replies {
		if err := reply.Err(); err != nil {
			failed[key] = err
		}
	}
}
