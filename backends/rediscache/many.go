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
// answer, only its keys fail. Values of at most 512 bytes share memory, in blocks of at most 4 KiB.
func (c *Cache) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[[]byte], error) {
	const lives = true
	found, _, err := readMany(ctx, c, keys, lives,
		func(e *ctxcache.Entry[[]byte]) (ctxcache.Entry[[]byte], bool) { return *e, true })
	return found, err
}

// GetMany returns the values of keys. It does not read their lives, so it takes one MGET, and is faster than GetEntries.
// If not all keys have values, it takes another round trip. Over a Cluster or a Ring it reads as GetEntries does. Small
// values share memory, as GetEntries does it.
func (c *Cache) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	values, _, err := c.GetValues(ctx, keys)
	return values, err
}

// GetValues is GetMany that also returns the keys that have negative entries. Layers that count answers use it.
func (c *Cache) GetValues(ctx context.Context, keys []string) (values map[string][]byte, negative []string, err error) {
	const lives = false
	return readMany(ctx, c, keys, lives, func(e *ctxcache.Entry[[]byte]) ([]byte, bool) { return e.Value, !e.Absent })
}

// readMany reads keys, with their lives or without. The map has what pick returns for an entry, unless that is false. It
// also returns the keys with negative entries.
func readMany[V any](
	ctx context.Context, c *Cache, keys []string, lives bool, pick func(*ctxcache.Entry[[]byte]) (V, bool),
) (found map[string]V, negative []string, err error) {
	keys = calls.Unique(keys) // copies: the caller may leave first, and change its slice and keys
	all := results[V]{found: make(map[string]V, len(keys)), pick: pick}
	rest, others, by, err := c.manyDirectly(ctx, keys, lives, all.add)
	if err == nil && (len(others) > 0 || len(keys) == 0) {
		var parts []results[V]
		parts, err = callMany(rest, c, ctxcache.OpGetEntries, others,
			func(ctx context.Context, keys []string) (results[V], map[string]error, error) {
				p := results[V]{found: make(map[string]V, len(keys)), pick: pick}
				reads := by(ctx, c.storedAll(keys))
				for i := range reads {
					p.add(keys[i], &reads[i])
				}
				return p, p.failed, nil
			})
		for _, p := range parts {
			all.join(p)
		}
		c.grow(ctx, err)
	}
	if _, some := errors.AsType[*ctxcache.ManyError[string]](err); err != nil && !some {
		clear(all.found) // the error is about the whole call
		all.negative = nil
	}
	c.calls.Counts.ReadMany(len(keys), all.values, len(all.negative), err)
	return all.found, all.negative, err
}

// results are what the keys of a call have.
type results[V any] struct {
	found    map[string]V
	failed   map[string]error
	values   int
	negative []string
	pick     func(*ctxcache.Entry[[]byte]) (V, bool)
}

// add adds what a key has.
func (p *results[V]) add(key string, r *read) {
	switch r.err {
	case nil:
		p.values++
	case ctxcache.ErrNotFound:
		p.negative = append(p.negative, key)
	case ctxcache.ErrMiss:
		return
	default:
		if p.failed == nil {
			p.failed = make(map[string]error)
		}
		p.failed[key] = r.err
		return
	}
	if v, ok := p.pick(&r.entry); ok {
		p.found[key] = v
	}
}

// join adds the results of other keys.
func (p *results[V]) join(others results[V]) {
	p.values, p.negative = p.values+others.values, append(p.negative, others.negative...)
	if len(p.found) == 0 {
		p.found = others.found
		return
	}
	maps.Copy(p.found, others.found)
}

// SetEntries stores every entry, and ends leases on their keys. It takes one round trip per server, and another one if
// a server does not know the script for negative entries yet. If an entry is not supported (see SetEntry), it stores
// nothing. Other keys that failed are reported by a [*ctxcache.ManyError]. Keys of entries that could not be stored are
// deleted, as by Set.
func (c *Cache) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[[]byte]) (err error) {
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
	defer func() { w.leave(maps.Values(puts), err) }()
	err = c.doMany(ctx, ctxcache.OpSetEntries, keys, func(ctx context.Context, keys []string) map[string]error {
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
	if c.channel != nil { // so there is one server
		return c.removePublishing(ctx, stored)
	}
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
