package rediscache_test

import (
	"context"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
)

// operation is one call of every method that talks to the server. "free" should be absent, and "held" have a value.
type operation struct {
	name string             // of the method
	op   ctxcache.Operation // in errors
	oom  bool               // writes, and is refused when memory is short
	call func(ctx context.Context, c *rediscache.Cache) error
}

func operations() []operation {
	value := ctxcache.NewEntry([]byte("secret value"), hour)
	return []operation{
		{"Get", ctxcache.OpGet, false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.Get(ctx, "held")
			return err
		}},
		{"Set", ctxcache.OpSet, true, func(ctx context.Context, c *rediscache.Cache) error {
			return c.Set(ctx, "held", []byte("secret value"), hour)
		}},
		{"Delete", ctxcache.OpDelete, false, func(ctx context.Context, c *rediscache.Cache) error {
			return c.Delete(ctx, "gone")
		}},
		{"Contains", ctxcache.OpContains, false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.Contains(ctx, "held")
			return err
		}},
		{"Remove", ctxcache.OpRemove, false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.Remove(ctx, "gone")
			return err
		}},
		{"GetEntry", ctxcache.OpGetEntry, false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.GetEntry(ctx, "held")
			return err
		}},
		{"SetEntry", ctxcache.OpSetEntry, true, func(ctx context.Context, c *rediscache.Cache) error {
			return c.SetEntry(ctx, "held", value)
		}},
		{"SetEntry/Negative", ctxcache.OpSetEntry, true, func(ctx context.Context, c *rediscache.Cache) error {
			return c.SetEntry(ctx, "denied", negative(hour))
		}},
		{"GetEntries", ctxcache.OpGetEntries, false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.GetEntries(ctx, []string{"held"})
			return err
		}},
		{"SetEntries", ctxcache.OpSetEntries, true, func(ctx context.Context, c *rediscache.Cache) error {
			return c.SetEntries(ctx, map[string]entry{"held": value})
		}},
		{"DeleteMany", ctxcache.OpDeleteMany, false, func(ctx context.Context, c *rediscache.Cache) error {
			return c.DeleteMany(ctx, []string{"gone"})
		}},
		{"GetLease", ctxcache.OpGetLease, true, func(ctx context.Context, c *rediscache.Cache) error {
			_, l, err := c.GetLease(ctx, "free", 0)
			return released(ctx, c, "free", l, err)
		}},
		{"GetLeases", ctxcache.OpGetLeases, true, func(ctx context.Context, c *rediscache.Cache) error {
			_, leases, err := c.GetLeases(ctx, []string{"free"}, 0)
			return released(ctx, c, "free", leases["free"], err)
		}},
		{"Len", ctxcache.OpLen, false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.Len(ctx, scope{})
			return err
		}},
		{"Clear", ctxcache.OpClear, false, func(ctx context.Context, c *rediscache.Cache) error {
			return c.Clear(ctx, scope{Prefix: "gone"})
		}},
		{"Keys", ctxcache.OpKeys, false, func(ctx context.Context, c *rediscache.Cache) error {
			for _, err := range c.Keys(ctx, scope{}) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"Stats", ctxcache.OpStats, false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.Stats(ctx)
			return err
		}},
	}
}

// released releases the lease on key if it was granted, or else returns err, unless that is a miss.
func released(ctx context.Context, c *rediscache.Cache, key string, l lease, err error) error {
	if l.Granted() {
		return c.Release(ctx, key, l)
	}
	if err == ctxcache.ErrMiss {
		return nil
	}
	return err
}
