package tracing

import (
	"context"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

func (t *traced[K, V]) GetLease(
	ctx context.Context, key K, refreshBelow time.Duration,
) (ctxcache.Entry[V], ctxcache.Lease[V], error) {
	ctx, span := t.in.start(ctx, opLease)
	if span == nil {
		return t.Forward.GetLease(ctx, key, refreshBelow)
	}
	defer span.end()
	span.key(key)
	entry, lease, err := t.Forward.GetLease(ctx, key, refreshBelow)
	span.result(readResult(err), err, AttrLeaseGranted.Bool(lease != nil))
	return entry, t.lease(key, lease), err
}

func (t *traced[K, V]) GetLeases(
	ctx context.Context, keys []K, refreshBelow time.Duration,
) (map[K]ctxcache.Entry[V], map[K]ctxcache.Lease[V], error) {
	ctx, span := t.in.start(ctx, opLeaseMany)
	if span == nil {
		return t.Forward.GetLeases(ctx, keys, refreshBelow)
	}
	defer span.end()
	tellKeys(span, len(keys), slices.Values(keys))
	entries, leases, err := t.Forward.GetLeases(ctx, keys, refreshBelow)
	told := append(found(entries), AttrLeasesGranted.Int(len(leases)))
	span.result(doneResult(err), err, append(told, failed[K](err)...)...)
	for key, lease := range leases {
		leases[key] = t.lease(key, lease) // the map is ours: the inner cache made it for this call
	}
	return entries, leases, err
}

// lease makes the use of inner visible; nil stays nil. Only a lease that was granted in a recorded span comes
// here, so that others cost nothing.
func (t *traced[K, V]) lease(key K, inner ctxcache.Lease[V]) ctxcache.Lease[V] {
	if inner == nil {
		return nil
	}
	return &tracedLease[K, V]{in: t.in, key: key, inner: inner}
}

type tracedLease[K comparable, V any] struct {
	in    *instrument
	key   K
	inner ctxcache.Lease[V]
}

func (l *tracedLease[K, V]) Fill(ctx context.Context, e ctxcache.Entry[V]) error {
	ctx, span := l.in.start(ctx, opFill)
	if span == nil {
		return l.inner.Fill(ctx, e)
	}
	defer span.end()
	span.key(l.key)
	err := l.inner.Fill(ctx, e)
	span.result(doneResult(err), err)
	return err
}

func (l *tracedLease[K, V]) Release(ctx context.Context) error {
	ctx, span := l.in.start(ctx, opRelease)
	if span == nil {
		return l.inner.Release(ctx)
	}
	defer span.end()
	span.key(l.key)
	err := l.inner.Release(ctx)
	span.result(doneResult(err), err)
	return err
}
