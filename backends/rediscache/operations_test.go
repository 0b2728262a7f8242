package rediscache_test

import (
	"context"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
)

// operation is one call of every method that talks to the server. "free" should be absent, and "held" have a value.
type operation struct {
	name string // of the method
	op   string // in errors
	oom  bool   // writes, and is refused when memory is short
	call func(ctx context.Context, c *rediscache.Cache) error
}

func operations() []operation {
	value := entry{Value: []byte("secret value"), TTL: hour}
	return []operation{
		{"Get", "get", false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.Get(ctx, "held")
			return err
		}},
		{"Set", "set", true, func(ctx context.Context, c *rediscache.Cache) error {
			return c.Set(ctx, "held", []byte("secret value"), hour)
		}},
		{"Delete", "delete", false, func(ctx context.Context, c *rediscache.Cache) error {
			return c.Delete(ctx, "gone")
		}},
		{"Contains", "contains", false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.Contains(ctx, "held")
			return err
		}},
		{"Remove", "remove", false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.Remove(ctx, "gone")
			return err
		}},
		{"GetEntry", "get", false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.GetEntry(ctx, "held")
			return err
		}},
		{"SetEntry", "set", true, func(ctx context.Context, c *rediscache.Cache) error {
			return c.SetEntry(ctx, "held", value)
		}},
		{"SetEntry/Negative", "set", true, func(ctx context.Context, c *rediscache.Cache) error {
			return c.SetEntry(ctx, "denied", entry{Absent: true, TTL: hour})
		}},
		{"GetEntries", "get", false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.GetEntries(ctx, []string{"held"})
			return err
		}},
		{"SetEntries", "set", true, func(ctx context.Context, c *rediscache.Cache) error {
			return c.SetEntries(ctx, map[string]entry{"held": value})
		}},
		{"DeleteMany", "delete", false, func(ctx context.Context, c *rediscache.Cache) error {
			return c.DeleteMany(ctx, []string{"gone"})
		}},
		{"GetLease", "lease", true, func(ctx context.Context, c *rediscache.Cache) error {
			_, l, err := c.GetLease(ctx, "free", 0)
			return released(ctx, l, err)
		}},
		{"GetLeases", "lease", true, func(ctx context.Context, c *rediscache.Cache) error {
			_, leases, err := c.GetLeases(ctx, []string{"free"}, 0)
			return released(ctx, leases["free"], err)
		}},
		{"Len", "len", false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.Len(ctx, scope{})
			return err
		}},
		{"Clear", "clear", false, func(ctx context.Context, c *rediscache.Cache) error {
			return c.Clear(ctx, scope{Prefix: "gone"})
		}},
		{"Keys", "keys", false, func(ctx context.Context, c *rediscache.Cache) error {
			for _, err := range c.Keys(ctx, scope{}) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{"Stats", "stats", false, func(ctx context.Context, c *rediscache.Cache) error {
			_, err := c.Stats(ctx)
			return err
		}},
	}
}

// released releases l and returns err, but a miss is none.
func released(ctx context.Context, l lease, err error) error {
	if l != nil {
		return l.Release(ctx)
	}
	if err == ctxcache.ErrMiss {
		return nil
	}
	return err
}
