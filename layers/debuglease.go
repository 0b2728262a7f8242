package layers

import (
	"context"
	"log/slog"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

func (d *debug[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	start := d.log.start(ctx)
	entry, lease, err := d.Forward.GetLease(ctx, key, refreshBelow)
	d.log.read(ctx, "get lease", start, key, err, slog.Bool("granted", lease != nil))
	return entry, d.lease(key, lease), err
}

func (d *debug[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	start := d.log.start(ctx)
	found, leases, err := d.Forward.GetLeases(ctx, keys, refreshBelow)
	d.log.many(ctx, "get leases", start, keys, err, slog.Int("found", len(found)), slog.Int("granted", len(leases)))
	return found, wrapLeases(leases, d.lease), err
}

// lease returns lease logged; nil stays nil.
func (d *debug[K, V]) lease(key K, lease ctxcache.Lease[V]) ctxcache.Lease[V] {
	if lease == nil {
		return nil
	}
	return &debugLease[K, V]{lease: lease, key: key, log: &d.log}
}

type debugLease[K comparable, V any] struct {
	lease ctxcache.Lease[V]
	key   K
	log   *journal[K]
}

func (l *debugLease[K, V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	start := l.log.start(ctx)
	err := l.lease.Fill(ctx, e)
	l.log.one(ctx, "fill", start, l.key, err, slog.Duration("ttl", e.TTL))
	return err
}

func (l *debugLease[K, V]) Release(ctx context.Context) error {
	start := l.log.start(ctx)
	err := l.lease.Release(ctx)
	l.log.one(ctx, "release", start, l.key, err)
	return err
}
