package history_test

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// unfenced is a cache without the check of leases: it stores every fill, even if its lease was lost.
type unfenced struct {
	ctxcache.Forward[string, []byte]
}

func unfence(c cache) cache {
	return &unfenced{ctxcache.NewForward(c, ctxcache.Description{Kind: "unfenced"})}
}

func (c *unfenced) Fill(ctx context.Context, key string, l ctxcache.Lease, e ctxcache.Entry[[]byte]) error {
	err := c.Forward.Fill(ctx, key, l, e)
	if errors.Is(err, ctxcache.ErrLeaseLost) && l.Granted() {
		return c.SetEntry(ctx, key, e)
	}
	return err
}

func (c *unfenced) FillMany(
	ctx context.Context, entries map[string]ctxcache.Entry[[]byte], leases map[string]ctxcache.Lease,
) error {
	err := c.Forward.FillMany(ctx, entries, leases)
	many, ok := errors.AsType[*ctxcache.ManyError[string]](err)
	if !ok {
		return err
	}
	failed := make(map[string]error)
	for key, err := range many.Failed {
		if err == ctxcache.ErrLeaseLost && leases[key].Granted() {
			err = c.SetEntry(ctx, key, entries[key])
		}
		if err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}
