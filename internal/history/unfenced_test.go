package history_test

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// unfenced is a cache whose leases store whatever became of them: the check is switched off.
type unfenced struct {
	ctxcache.Forward[string, []byte]
}

func unfence(c cache) cache { return unfenced{ctxcache.NewForward(c)} }

func (c unfenced) GetLease(
	ctx context.Context, key string, refreshBelow time.Duration,
) (ctxcache.Entry[[]byte], ctxcache.Lease[[]byte], error) {
	e, l, err := c.Forward.GetLease(ctx, key, refreshBelow)
	if l != nil {
		l = unfencedLease{l, c, key}
	}
	return e, l, err
}

func (c unfenced) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[[]byte], map[string]ctxcache.Lease[[]byte], error) {
	found, leases, err := c.Forward.GetLeases(ctx, keys, refreshBelow)
	for key, l := range leases {
		leases[key] = unfencedLease{l, c, key}
	}
	return found, leases, err
}

type unfencedLease struct {
	ctxcache.Lease[[]byte]
	cache unfenced
	key   string
}

func (l unfencedLease) Fill(ctx context.Context, e ctxcache.Entry[[]byte]) error {
	err := l.Lease.Fill(ctx, e)
	if errors.Is(err, ctxcache.ErrLeaseLost) {
		return l.cache.SetEntry(ctx, l.key, e)
	}
	return err
}
