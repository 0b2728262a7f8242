package cachetest

import (
	"context"
	"errors"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

func (h hooked[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	var e ctxcache.Entry[V]
	var l ctxcache.Lease[V]
	stand, err := h.around(ctx, GetLease, []K{key}, func() (err error) {
		e, l, err = h.Forward.GetLease(ctx, key, refreshBelow)
		return err
	})
	if !stand {
		return ctxcache.Entry[V]{}, nil, abandon(ctx, l, err)
	}
	return e, h.lease(key, l), err
}

func (h hooked[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	var found map[K]ctxcache.Entry[V]
	var leases map[K]ctxcache.Lease[V]
	stand, err := h.around(ctx, GetLeases, keys, func() (err error) {
		found, leases, err = h.Forward.GetLeases(ctx, keys, refreshBelow)
		return err
	})
	if !stand {
		for _, l := range leases {
			err = abandon(ctx, l, err)
		}
		return nil, nil, err
	}
	for key, l := range leases {
		leases[key] = h.lease(key, l)
	}
	return found, leases, err
}

// abandon releases a lease that nobody will hold, since its call failed with err, which it returns. The call may have
// lost its context, and the lease has to go all the same.
func abandon[V any](ctx context.Context, l ctxcache.Lease[V], err error) error {
	if l == nil {
		return err
	}
	if releaseErr := l.Release(context.WithoutCancel(ctx)); releaseErr != nil {
		return errors.Join(err, releaseErr)
	}
	return err
}

// lease returns l with the hook around its methods; nil stays nil.
func (h hooked[K, V]) lease(key K, l ctxcache.Lease[V]) ctxcache.Lease[V] {
	if l == nil {
		return nil
	}
	return hookedLease[K, V]{Lease: l, cache: h, keys: []K{key}}
}

type hookedLease[K comparable, V any] struct {
	ctxcache.Lease[V]
	cache hooked[K, V]
	keys  []K
}

func (l hookedLease[K, V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	_, err := l.cache.around(ctx, Fill, l.keys, func() error { return l.Lease.Fill(ctx, e) })
	return err
}

func (l hookedLease[K, V]) Release(ctx context.Context) error {
	_, err := l.cache.around(ctx, Release, l.keys, func() error { return l.Lease.Release(ctx) })
	return err
}
