package rediscache

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Contains reports whether key has a value, by one TYPE, or a GET in a Plain cache. Unless the key is absent or a string,
// it takes a second command. It returns ErrCorrupt for a key that this cache did not write.
func (c *Cache) Contains(ctx context.Context, key string) (bool, error) {
	has, rest, done, err := c.containsDirectly(ctx, key)
	if !done {
		stored, other := c.stored(key), err == errWrongType
		has, err = call(rest, c, ctxcache.OpContains, stored, func(ctx context.Context) (bool, error) {
			return c.contains(ctx, stored, other)
		})
		c.grow(ctx, err)
	}
	c.calls.Counts.Tested(err)
	return has, err
}

// contains reports whether a stored key has a value. If other is true, it is known to be there and not to be a string.
func (c *Cache) contains(ctx context.Context, stored string, other bool) (bool, error) {
	var err error
	switch {
	case other:
	case c.options.Plain: // proxies that it works with may not know TYPE
		_, err = c.get(ctx, stored)
	default:
		var kind string
		switch kind, err = c.kind(ctx, stored); {
		case err != nil:
			return false, err
		case kind == "string":
			return true, nil
		case kind == "none":
			return false, nil
		}
		other = true
	}
	if other {
		err = c.classified(ctx, stored).err // a marker, a negative entry, or a key that this cache did not write
	}
	if err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound {
		return false, nil
	}
	return err == nil, err
}

// kind returns the Redis type of a stored key.
func (c *Cache) kind(ctx context.Context, stored string) (string, error) {
	cmd := newCommand(ctx, "type", stored)
	c.send(ctx, cmd)
	return cmd.Text()
}
