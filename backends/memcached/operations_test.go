package memcached_test

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// operation is a call of a method that talks to the servers and does not take a lease. There is one for every such
// method. They expect that "free" is absent and that "held" has a value.
type operation struct {
	name string             // the method
	op   ctxcache.Operation // in errors
	call func(ctx context.Context, c *cacheOfBytes) error
}

func operations() []operation {
	value := ctxcache.NewEntry([]byte("secret value"), hour)
	return []operation{
		{"Get", ctxcache.OpGet, func(ctx context.Context, c *cacheOfBytes) error { return second(c.Get(ctx, "held")) }},
		{"Set", ctxcache.OpSet, func(ctx context.Context, c *cacheOfBytes) error {
			return c.Set(ctx, "held", []byte("secret value"), hour)
		}},
		{"Delete", ctxcache.OpDelete, func(ctx context.Context, c *cacheOfBytes) error { return c.Delete(ctx, "gone") }},
		{"Remove", ctxcache.OpRemove, func(ctx context.Context, c *cacheOfBytes) error {
			return second(c.Remove(ctx, "gone"))
		}},
		{"GetEntry", ctxcache.OpGetEntry, func(ctx context.Context, c *cacheOfBytes) error {
			return second(c.GetEntry(ctx, "held"))
		}},
		{"SetEntry", ctxcache.OpSetEntry, func(ctx context.Context, c *cacheOfBytes) error {
			return c.SetEntry(ctx, "held", value)
		}},
		{"SetEntry/Negative", ctxcache.OpSetEntry, func(ctx context.Context, c *cacheOfBytes) error {
			return c.SetEntry(ctx, "negative", negative(hour))
		}},
		{"GetEntries", ctxcache.OpGetEntries, func(ctx context.Context, c *cacheOfBytes) error {
			return second(c.GetEntries(ctx, []string{"held"}))
		}},
		{"SetEntries", ctxcache.OpSetEntries, func(ctx context.Context, c *cacheOfBytes) error {
			return c.SetEntries(ctx, map[string]entry{"held": value})
		}},
		{"DeleteMany", ctxcache.OpDeleteMany, func(ctx context.Context, c *cacheOfBytes) error {
			return c.DeleteMany(ctx, []string{"gone"})
		}},
		{"GetLease", ctxcache.OpGetLease, func(ctx context.Context, c *cacheOfBytes) error {
			_, l, err := c.GetLease(ctx, "free", 0)
			return released(ctx, c, "free", l, err)
		}},
		{"GetLeases", ctxcache.OpGetLeases, func(ctx context.Context, c *cacheOfBytes) error {
			_, leases, err := c.GetLeases(ctx, []string{"free"}, 0)
			return released(ctx, c, "free", leases["free"], err)
		}},
		{"Stats", ctxcache.OpStats, func(ctx context.Context, c *cacheOfBytes) error { return second(c.Stats(ctx)) }},
	}
}

// released releases the lease on key if it was granted. Otherwise it returns err, or nil if err is ErrMiss.
func released(ctx context.Context, c *cacheOfBytes, key string, l lease, err error) error {
	if l.Granted() {
		return c.Release(ctx, key, l)
	}
	if err == ctxcache.ErrMiss {
		return nil
	}
	return err
}

// spender is a way to spend a lease. There is one for every method that takes a lease.
type spender struct {
	name string
	op   ctxcache.Operation
	call func(ctx context.Context, c *cacheOfBytes, key string, l lease) error
}

var spenders = []spender{
	{"Fill", ctxcache.OpFill, func(ctx context.Context, c *cacheOfBytes, key string, l lease) error {
		return c.Fill(ctx, key, l, ctxcache.NewEntry([]byte("secret value"), hour))
	}},
	{"FillMany", ctxcache.OpFillMany, func(ctx context.Context, c *cacheOfBytes, key string, l lease) error {
		entries := map[string]entry{key: ctxcache.NewEntry([]byte("secret value"), hour)}
		return ctxcache.KeyError(c.FillMany(ctx, entries, map[string]lease{key: l}), key)
	}},
	{"Release", ctxcache.OpRelease, func(ctx context.Context, c *cacheOfBytes, key string, l lease) error {
		return c.Release(ctx, key, l)
	}},
	{"ReleaseMany", ctxcache.OpReleaseMany, func(ctx context.Context, c *cacheOfBytes, key string, l lease) error {
		return ctxcache.KeyError(c.ReleaseMany(ctx, map[string]lease{key: l}), key)
	}},
	{"Drop", ctxcache.OpDrop, func(ctx context.Context, c *cacheOfBytes, key string, l lease) error {
		return c.Drop(ctx, key, l)
	}},
}
