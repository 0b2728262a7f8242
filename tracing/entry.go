package tracing

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

func (t *traced[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	ctx, span := t.in.start(ctx, opGetEntry)
	if span == nil {
		return t.Forward.GetEntry(ctx, key)
	}
	defer span.end()
	span.key(key)
	entry, err := t.Forward.GetEntry(ctx, key)
	span.result(readResult(err), err)
	return entry, err
}

func (t *traced[K, V]) SetEntry(ctx context.Context, key K, e ctxcache.Entry[V]) error {
	ctx, span := t.in.start(ctx, opSetEntry)
	if span == nil {
		return t.Forward.SetEntry(ctx, key, e)
	}
	defer span.end()
	span.key(key)
	err := t.Forward.SetEntry(ctx, key, e)
	span.result(doneResult(err), err)
	return err
}
