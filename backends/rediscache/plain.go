package rediscache

import (
	"context"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// readPlain reads stored keys without scripts, in one round trip per server: PTTL, GET, PTTL for each key. The commands are not
// one step, so the key may change between them. The smaller of the two lives counts: the value was there between the two
// PTTLs, and one of them is about this value unless it was replaced twice.
func (c *Cache) readPlain(ctx context.Context, stored []string) []read {
	const before, value, after, each = 0, 1, 2, 3
	commands := make([]command, 0, each*len(stored))
	for _, s := range stored {
		commands = append(commands,
			newCommand(ctx, "pttl", s), newCommand(ctx, "get", s), newCommand(ctx, "pttl", s))
	}
	c.pipeline(ctx, c.client, commands)
	reads := make([]read, len(stored))
	for i := range reads {
		cmd := commands[each*i : each*i+each]
		reads[i] = parsePlain(cmd[value], cmd[before], cmd[after])
	}
	resolve(ctx, stored, reads, c.classify)
	return reads
}

// parsePlain returns the entry of a key by the reply to a GET, and those to PTTLs before and after it. A key that is not
// a string has the error errWrongType.
func parsePlain(get command, lives ...command) read {
	value, err := get.Text()
	switch {
	case err == redis.Nil:
		return read{err: ctxcache.ErrMiss}
	case redis.HasErrorPrefix(err, "WRONGTYPE"):
		return read{err: errWrongType}
	case err != nil:
		return read{err: err}
	}
	ttl := ctxcache.NoExpiry
	for _, life := range lives {
		ms, err := life.Int64()
		if err != nil {
			return read{err: err}
		}
		ttl = min(ttl, remaining(ms)) // for a key that was absent then, this is the shortest life
	}
	return read{entry: ctxcache.NewEntry([]byte(value), ttl)}
}

// classify reads stored keys that were not strings, without scripts, in one round trip per server. Between its commands,
// a key may change, and look like one that this cache did not write: a second look then shows what it is.
func (c *Cache) classify(ctx context.Context, stored []string) []read {
	reads := c.look(ctx, stored)
	resolve(ctx, stored, reads, c.look)
	return reads
}

// look is one look of classify. A key that this cache did not write has the error errWrongType.
func (c *Cache) look(ctx context.Context, stored []string) []read {
	const fields, life, get, each = 0, 1, 2, 3
	commands := make([]command, 0, each*len(stored))
	for _, s := range stored {
		commands = append(commands,
			newCommand(ctx, "hmget", s, "\x00N", "\x00L"), newCommand(ctx, "pttl", s), newCommand(ctx, "get", s))
	}
	c.pipeline(ctx, c.client, commands)
	reads := make([]read, len(stored))
	for i := range reads {
		cmd := commands[each*i : each*i+each]
		reads[i] = parseLook(cmd[fields], cmd[life], cmd[get])
	}
	return reads
}

// parseLook returns the entry of a key by the replies to HMGET, PTTL and GET.
func parseLook(fields, life, get command) read {
	found, err := fields.Slice()
	if err != nil && !redis.HasErrorPrefix(err, "WRONGTYPE") {
		return read{err: err}
	}
	if err == nil && len(found) == 2 {
		switch {
		case found[0] != nil:
			ms, err := life.Int64()
			if err != nil {
				return read{err: err}
			}
			e := ctxcache.Entry[[]byte]{Meta: ctxcache.Meta{Absent: true, TTL: remaining(ms)}}
			return read{entry: e, err: ctxcache.ErrNotFound}
		case found[1] != nil:
			return read{err: ctxcache.ErrMiss}
		}
	}
	return parsePlain(get, life)
}
