package races_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// naiveTwoLevel reads near and then far, and writes far and then near.
type naiveTwoLevel struct {
	ctxcache.Forward[string, string] // far
	near                             cache
}

func (c *naiveTwoLevel) Get(ctx context.Context, key string) (string, error) {
	value, err := c.near.Get(ctx, key)
	if err != ctxcache.ErrMiss {
		return value, err
	}
	value, err = c.Forward.Get(ctx, key)
	if err != nil {
		return value, err
	}
	return value, c.near.Set(ctx, key, value, 0)
}

func (c *naiveTwoLevel) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	found, err := ctxcache.GetEntries(ctx, c.near, keys)
	if err != nil {
		return nil, err
	}
	rest := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { _, has := found[key]; return has })
	fromFar, err := c.Forward.GetEntries(ctx, rest)
	if err != nil {
		return nil, err
	}
	maps.Copy(found, fromFar)
	for key, e := range fromFar {
		if err := c.near.Set(ctx, key, e.Value, 0); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (c *naiveTwoLevel) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	if err := c.Forward.Set(ctx, key, value, ttl); err != nil {
		return err
	}
	return c.near.Set(ctx, key, value, ttl)
}

func (c *naiveTwoLevel) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[string]) error {
	if err := c.Forward.SetEntries(ctx, entries); err != nil {
		return err
	}
	return ctxcache.SetEntries(ctx, c.near, entries)
}

func (c *naiveTwoLevel) Delete(ctx context.Context, key string) error {
	return errors.Join(c.Forward.Delete(ctx, key), c.near.Delete(ctx, key))
}

func (c *naiveTwoLevel) DeleteMany(ctx context.Context, keys []string) error {
	if err := c.Forward.DeleteMany(ctx, keys); err != nil {
		return err
	}
	return ctxcache.DeleteMany(ctx, c.near, keys)
}

func (c *naiveTwoLevel) Remove(ctx context.Context, key string) (bool, error) {
	was, err := c.Forward.Remove(ctx, key)
	return was, errors.Join(err, c.near.Delete(ctx, key))
}

func (c *naiveTwoLevel) Clear(ctx context.Context, scope ctxcache.Scope[string]) error {
	return errors.Join(c.Forward.Clear(ctx, scope), ctxcache.ClearIn(ctx, c.near, scope))
}
