package memcached_test

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// operation is one call of every method that talks to the servers. "free" should be absent, and "held" have a value.
type operation struct {
	name string // of the method
	op   string // in errors
	call func(ctx context.Context, c *cacheOfBytes) error
}

func operations() []operation {
	value := entry{Value: []byte("secret value"), TTL: hour}
	return []operation{
		{"Get", "get", func(ctx context.Context, c *cacheOfBytes) error { return second(c.Get(ctx, "held")) }},
		{"Set", "set", func(ctx context.Context, c *cacheOfBytes) error {
			return c.Set(ctx, "held", []byte("secret value"), hour)
		}},
		{"Delete", "delete", func(ctx context.Context, c *cacheOfBytes) error { return c.Delete(ctx, "gone") }},
		{"Remove", "remove", func(ctx context.Context, c *cacheOfBytes) error { return second(c.Remove(ctx, "gone")) }},
		{"GetEntry", "get", func(ctx context.Context, c *cacheOfBytes) error { return second(c.GetEntry(ctx, "held")) }},
		{"SetEntry", "set", func(ctx context.Context, c *cacheOfBytes) error { return c.SetEntry(ctx, "held", value) }},
		{"SetEntry/Negative", "set", func(ctx context.Context, c *cacheOfBytes) error {
			return c.SetEntry(ctx, "denied", entry{Absent: true, TTL: hour})
		}},
		{"GetEntries", "get", func(ctx context.Context, c *cacheOfBytes) error {
			return second(c.GetEntries(ctx, []string{"held"}))
		}},
		{"SetEntries", "set", func(ctx context.Context, c *cacheOfBytes) error {
			return c.SetEntries(ctx, map[string]entry{"held": value})
		}},
		{"DeleteMany", "delete", func(ctx context.Context, c *cacheOfBytes) error {
			return c.DeleteMany(ctx, []string{"gone"})
		}},
		{"GetLease", "lease", func(ctx context.Context, c *cacheOfBytes) error {
			_, l, err := c.GetLease(ctx, "free", 0)
			return released(ctx, l, err)
		}},
		{"GetLeases", "lease", func(ctx context.Context, c *cacheOfBytes) error {
			_, leases, err := c.GetLeases(ctx, []string{"free"}, 0)
			return released(ctx, leases["free"], err)
		}},
		{"Stats", "stats", func(ctx context.Context, c *cacheOfBytes) error { return second(c.Stats(ctx)) }},
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
