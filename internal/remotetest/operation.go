package remotetest

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

type (
	entry = ctxcache.Entry[[]byte]
	lease = ctxcache.Lease
)

// Operation is a call of a method that talks to the server and does not take a lease. "free" should be absent, and
// "held" have a value.
type Operation struct {
	Name   string             // the method
	Op     ctxcache.Operation // in errors
	Writes bool               // so it is refused when memory is short
	Call   func(ctx context.Context, c Cache) error
}

// operations are the calls that both kinds have.
func operations() []Operation {
	value := ctxcache.NewEntry([]byte("secret value"), time.Hour)
	negative := entry{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	return []Operation{
		{"Get", ctxcache.OpGet, false, func(ctx context.Context, c Cache) error { return Second(c.Get(ctx, "held")) }},
		{"Set", ctxcache.OpSet, true, func(ctx context.Context, c Cache) error {
			return c.Set(ctx, "held", []byte("secret value"), time.Hour)
		}},
		{"Delete", ctxcache.OpDelete, false, func(ctx context.Context, c Cache) error { return c.Delete(ctx, "gone") }},
		{"Remove", ctxcache.OpRemove, false, func(ctx context.Context, c Cache) error { return Second(c.Remove(ctx, "gone")) }},
		{"GetEntry", ctxcache.OpGetEntry, false, func(ctx context.Context, c Cache) error {
			return Second(c.GetEntry(ctx, "held"))
		}},
		{"SetEntry", ctxcache.OpSetEntry, true, func(ctx context.Context, c Cache) error {
			return c.SetEntry(ctx, "held", value)
		}},
		{"SetEntry/Negative", ctxcache.OpSetEntry, true, func(ctx context.Context, c Cache) error {
			return c.SetEntry(ctx, "denied", negative)
		}},
		{"GetEntries", ctxcache.OpGetEntries, false, func(ctx context.Context, c Cache) error {
			return Second(c.GetEntries(ctx, []string{"held"}))
		}},
		{"SetEntries", ctxcache.OpSetEntries, true, func(ctx context.Context, c Cache) error {
			return c.SetEntries(ctx, map[string]entry{"held": value})
		}},
		{"DeleteMany", ctxcache.OpDeleteMany, false, func(ctx context.Context, c Cache) error {
			return c.DeleteMany(ctx, []string{"gone"})
		}},
		{"GetLease", ctxcache.OpGetLease, true, func(ctx context.Context, c Cache) error {
			_, l, err := c.GetLease(ctx, "free", 0)
			return released(ctx, c, "free", l, err)
		}},
		{"GetLeases", ctxcache.OpGetLeases, true, func(ctx context.Context, c Cache) error {
			_, leases, err := c.GetLeases(ctx, []string{"free"}, 0)
			return released(ctx, c, "free", leases["free"], err)
		}},
	}
}

// released releases the lease on key if it was granted. Otherwise it returns err, or nil if err is ErrMiss.
func released(ctx context.Context, c Cache, key string, l lease, err error) error {
	if l.Granted() {
		return c.Release(ctx, key, l)
	}
	if err == ctxcache.ErrMiss {
		return nil
	}
	return err
}

// Spender is a way to spend a lease.
type Spender struct {
	Name string
	Op   ctxcache.Operation
	Call func(ctx context.Context, c Cache, key string, l ctxcache.Lease) error
}

// Spenders are a call of every method that takes a lease. Those that fill store "secret value".
var Spenders = []Spender{
	{"Fill", ctxcache.OpFill, func(ctx context.Context, c Cache, key string, l ctxcache.Lease) error {
		return c.Fill(ctx, key, l, ctxcache.NewEntry([]byte("secret value"), time.Hour))
	}},
	{"FillMany", ctxcache.OpFillMany, func(ctx context.Context, c Cache, key string, l ctxcache.Lease) error {
		entries := map[string]entry{key: ctxcache.NewEntry([]byte("secret value"), time.Hour)}
		return ctxcache.KeyError(c.FillMany(ctx, entries, map[string]lease{key: l}), key)
	}},
	{"Release", ctxcache.OpRelease, func(ctx context.Context, c Cache, key string, l ctxcache.Lease) error {
		return c.Release(ctx, key, l)
	}},
	{"ReleaseMany", ctxcache.OpReleaseMany, func(ctx context.Context, c Cache, key string, l ctxcache.Lease) error {
		return ctxcache.KeyError(c.ReleaseMany(ctx, map[string]lease{key: l}), key)
	}},
	{"Drop", ctxcache.OpDrop, func(ctx context.Context, c Cache, key string, l ctxcache.Lease) error {
		return c.Drop(ctx, key, l)
	}},
}
