package rediscache

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Len returns the number of values in scope. It lists their keys: this takes time in proportion to the number of keys
// in the database, and memory in proportion to the number of keys in scope. In a WholeDatabase of a Plain cache every
// key is a value, so Len uses DBSIZE for all keys.
func (c *Cache) Len(ctx context.Context, scope ctxcache.Scope[string]) (int, error) {
	if c.options.WholeDatabase && c.options.Plain && scope.All() && c.caps.Has(ctxcache.CapLen) {
		n, err := calls.Call(ctx, c.calls, ctxcache.OpLen, func(ctx context.Context) (int, error) {
			total, err := c.size(ctx)
			return int(total), err
		})
		c.calls.Counts.Failed(err)
		return n, err
	}
	n := 0
	for _, err := range c.keys(ctx, ctxcache.OpLen, scope) {
		if err != nil {
			c.calls.Counts.Failed(err)
			return 0, err
		}
		n++
	}
	return n, nil
}

// Keys yields the keys in scope that have a value, each once, by SCAN. It takes time in proportion to the number of
// keys in the database, and remembers the keys that it has yielded. An error ends it.
func (c *Cache) Keys(ctx context.Context, scope ctxcache.Scope[string]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key, err := range c.keys(ctx, ctxcache.OpKeys, scope) {
			if c.calls.Counts.Failed(err); !yield(key, err) {
				return
			}
		}
	}
}

// keys yields the keys of values in scope, each once.
func (c *Cache) keys(ctx context.Context, op ctxcache.Operation, scope ctxcache.Scope[string]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		seen := make(map[string]bool)
		for found, err := range c.scan(ctx, op, scope, "string") {
			if err != nil {
				yield("", err)
				return
			}
			for _, key := range found.keys {
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

// Clear deletes the keys in scope, by SCAN and UNLINK: values, negative entries, and markers of leases. If the scope is
// all of a WholeDatabase, it uses FLUSHDB. A lease on a present key ends because its entry is deleted. A key that is
// written during Clear may be deleted or may stay. If Clear fails, some keys are left. It fails if a server is down.
//
// If a server restarts, or a replica takes over, during a Clear by SCAN, keys may be left although Clear returns nil. Clear
// again after that.
func (c *Cache) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	err := c.clear(ctx, scope)
	c.calls.Counts.Failed(err)
	return err
}

func (c *Cache) clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	if c.options.WholeDatabase && scope.All() && c.caps.Has(ctxcache.CapClear) {
		return calls.Do(ctx, c.calls, ctxcache.OpClear, func(ctx context.Context) error {
			if c.channel != nil {
				return c.flushPublishing(ctx)
			}
			return c.flush(ctx)
		})
	}
	for found, err := range c.scan(ctx, ctxcache.OpClear, scope, "") {
		if err != nil {
			return err
		}
		remove := calls.Task[struct{}]{
			Op: ctxcache.OpClear, Keys: len(found.keys), Server: c.serverName(found.server),
			Run: func(ctx context.Context) (struct{}, error) {
				failed := c.removeKeys(ctx, c.deleter(found.server), found.keys)
				return struct{}{}, c.oneOf(failed, len(found.keys))
			},
		}
		if _, err := remove.Do(ctx, c.calls); err != nil {
			return err
		}
	}
	return nil
}

// flush deletes everything in the database. If all errors are refusals, its error wraps [ctxcache.ErrRefused].
func (c *Cache) flush(ctx context.Context) error {
	servers, err := c.servers(ctx)
	outage := err != nil
	for _, server := range servers {
		answer := server.FlushDBAsync(ctx).Err()
		outage = outage || answer != nil && !refuses(answer)
		err = both(err, answer)
	}
	if outage {
		return err
	}
	return refused(err)
}

// deleter returns the client that deletes keys which a scan has found on server. A ring would delete a key on the server
// that it belongs to now: it may be another one, because some server has been down. A cluster may have moved the key
// since the scan, and knows where it is.
func (c *Cache) deleter(server redis.Cmdable) redis.Cmdable {
	if c.ring != nil {
		return server
	}
	return c.client
}

// oneOf returns one error for all keys that failed, or nil. It prefers an error that leaves the outcome open, and takes a
// refusal only if there is nothing else.
func (c *Cache) oneOf(failed map[string]error, all int) error {
	var one error
	for _, err := range failed {
		if one == nil || c.calls.Unanswered(err) || errors.Is(one, ctxcache.ErrRefused) {
			one = err
		}
	}
	if one == nil {
		return nil
	}
	return fmt.Errorf("%d of %d keys could not be deleted: %w", len(failed), all, one)
}

// size returns the number of keys in the database.
func (c *Cache) size(ctx context.Context) (total int64, err error) {
	servers, err := c.servers(ctx)
	if err != nil {
		return 0, err
	}
	for _, server := range servers {
		n, err := server.DBSize(ctx).Result()
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}
