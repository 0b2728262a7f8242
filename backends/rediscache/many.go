package rediscache

import (
	"context"
	"errors"
	"maps"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// GetEntries returns the entries of keys, including negative ones, in one round trip per server. It takes another one if
// some keys have negative entries or markers. Absent keys are not in the map. Each entry is read as GetEntry reads it, but
// not all entries at the same moment. Keys that failed are reported by a [*ctxcache.ManyError]. If a server does not
// answer, only its keys fail.
func (c *Cache) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[[]byte], error) {
	return readMany(ctx, c, keys, c.entries, func(e ctxcache.Entry[[]byte]) (ctxcache.Entry[[]byte], bool) { return e, true })
}

// GetMany returns the values of keys. It does not read their lives, so it takes one MGET, and is faster than GetEntries.
// If not all keys have values, it takes another round trip. Over a Cluster or a Ring it reads as GetEntries does.
func (c *Cache) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	return readMany(ctx, c, keys, c.values, func(e ctxcache.Entry[[]byte]) ([]byte, bool) { return e.Value, !e.Absent })
}

// readMany reads keys by read. The result has what pick returns for an entry, unless that is false.
func readMany[V any](
	ctx context.Context, c *Cache, keys []string,
	read func(ctx context.Context, stored []string) []read, pick func(ctxcache.Entry[[]byte]) (V, bool),
) (map[string]V, error) {
	keys = calls.Unique(keys) // copies: the caller may leave first, and change its slice and keys
	type part struct {
		found             map[string]V
		values, negatives int
	}
	parts, err := callMany(ctx, c, ctxcache.OpGetEntries, keys,
		func(ctx context.Context, keys []string) (part, map[string]error, error) {
			p := part{found: make(map[string]V, len(keys))}
			var failed map[string]error
			for i, r := range read(ctx, c.storedAll(keys)) {
				switch r.err {
				case nil:
					p.values++
				case ctxcache.ErrNotFound:
					p.negatives++
				case ctxcache.ErrMiss:
					continue
				default:
					if failed == nil {
						failed = make(map[string]error)
					}
					failed[keys[i]] = r.err
					continue
				}
				if v, ok := pick(r.entry); ok {
					p.found[keys[i]] = v
				}
			}
			return p, failed, nil
		})
	var all part
	for _, p := range parts {
		all.values, all.negatives = all.values+p.values, all.negatives+p.negatives
		if all.found == nil {
			all.found = p.found
		} else {
			maps.Copy(all.found, p.found)
		}
	}
	if all.found == nil {
		all.found = make(map[string]V)
	}
	c.calls.Counts.ReadMany(len(keys), all.values, all.negatives, err)
	return all.found, err
}

// SetEntries stores every entry, and ends leases on their keys. It takes one round trip per server, and another one if
// a server does not know the script for negative entries yet. If an entry is not supported (see SetEntry), it stores
// nothing. Other keys that failed are reported by a [*ctxcache.ManyError]. Keys of entries that could not be stored are
// deleted, as by Set.
func (c *Cache) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[[]byte]) error {
	puts := make(map[string]put, len(entries)) // by key
	keys := make([]string, 0, len(entries))
	mistakes := make(map[string]error)
	for key, e := range entries {
		ttl, err := c.ttl(e)
		switch {
		case err == errors.ErrUnsupported:
			return c.reject(ctx, ctxcache.OpSetEntries, err)
		case err != nil:
			mistakes[key] = err
		default:
			p := c.newPut(key, e, ttl)
			puts[p.key] = p
			keys = append(keys, p.key)
		}
	}
	w := writing{undo: c.undo}
	defer w.leave()
	err := c.doMany(ctx, ctxcache.OpSetEntries, keys, func(ctx context.Context, keys []string) map[string]error {
		part := make([]put, len(keys))
		for i, key := range keys {
			part[i] = puts[key]
		}
		return w.carryOut(part, func() map[string]error { return c.putAll(ctx, part) })
	})
	err = c.withMistakes(ctx, ctxcache.OpSetEntries, err, mistakes)
	c.calls.Counts.Wrote(len(entries), err)
	return err
}

// withMistakes returns err, the error of op, with the errors of keys that it was not tried with. It changes mistakes.
func (c *Cache) withMistakes(ctx context.Context, op ctxcache.Operation, err error, mistakes map[string]error) error {
	many, some := errors.AsType[*ctxcache.ManyError[string]](err)
	if len(mistakes) == 0 || err != nil && !some {
		return err
	}
	for key, mistake := range mistakes {
		mistakes[key] = c.calls.Fail(ctx, op, mistake)
	}
	if some {
		maps.Copy(mistakes, many.Failed)
	}
	return ctxcache.NewManyError(mistakes)
}

// DeleteMany deletes every key, in one round trip per server. Keys that failed are reported by a [*ctxcache.ManyError].
// Over a Ring with a server that is out, every key fails: see Delete.
func (c *Cache) DeleteMany(ctx context.Context, keys []string) error {
	keys = calls.Unique(keys)
	err := c.doMany(ctx, ctxcache.OpDeleteMany, keys, func(ctx context.Context, keys []string) (failed map[string]error) {
		err := c.everywhere(ctx, func() error {
			failed = c.removeKeys(ctx, c.client, keys)
			return nil
		})
		for _, key := range keys {
			if err != nil && failed[key] == nil {
				failed[key] = err
			}
		}
		return failed
	})
	c.calls.Counts.Deleted(len(keys), err)
	return err
}

// removeKeys deletes keys by client, in one round trip per server, and returns the errors of those that failed.
func (c *Cache) removeKeys(ctx context.Context, client redis.Cmdable, keys []string) (failed map[string]error) {
	failed = make(map[string]error)
	for i, cmd := range c.remove(ctx, client, c.storedAll(keys)) {
		if err := refused(cmd.Err()); err != nil {
			failed[keys[i]] = err
		}
	}
	return failed
}

// remove deletes stored keys by client, in one round trip per server.
func (c *Cache) remove(ctx context.Context, client redis.Cmdable, stored []string) []command {
	commands := make([]command, len(stored))
	for i, s := range stored {
		commands[i] = c.remover(ctx, s)
	}
	c.pipeline(ctx, client, commands)
	return commands
}

// remover returns the command that deletes a stored key. Proxies that a Plain cache works with may not know UNLINK.
func (c *Cache) remover(ctx context.Context, stored string) command {
	if c.options.Plain {
		return newCommand(ctx, "del", stored)
	}
	return newCommand(ctx, "unlink", stored)
}
