package tracing

import (
	"context"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// Traced returns a cache that passes every operation on to inner and records it as a span named "{operation} {name}":
// see the package comment. Nil opts mean the defaults. The cache supports everything that inner supports, and does not
// need to be closed. Traced panics if inner is nil.
func Traced[K comparable, V any](inner ctxcache.Cache[K, V], name string, opts *Options) ctxcache.Cache[K, V] {
	about := ctxcache.Description{Kind: "traced", Name: name}
	in := newInstrument(name, opts,
		ctxcache.OpGet, ctxcache.OpSet, ctxcache.OpDelete, ctxcache.OpContains, ctxcache.OpRemove,
		ctxcache.OpGetEntry, ctxcache.OpSetEntry, ctxcache.OpGetEntries, ctxcache.OpSetEntries, ctxcache.OpDeleteMany,
		ctxcache.OpGetLease, ctxcache.OpGetLeases, ctxcache.OpFill, ctxcache.OpFillMany, ctxcache.OpRelease,
		ctxcache.OpReleaseMany, ctxcache.OpDrop, ctxcache.OpLen, ctxcache.OpClear, ctxcache.OpKeys, ctxcache.OpStats)
	return &traced[K, V]{
		Observed: ctxcache.NewObserved(inner, about, ctxcache.Observer[K, *span](observer[K]{in})),
		inner:    inner,
		entries:  ctxcache.Entries(inner),
		quiet:    ctxcache.NewForward(inner, about),
		in:       in,
	}
}

// traced observes every operation. Get and GetEntry do not use Observed, which would make a hit slower.
type traced[K comparable, V any] struct {
	ctxcache.Observed[K, V, *span]
	inner   ctxcache.Cache[K, V]
	entries ctxcache.EntryCache[K, V] // inner
	quiet   ctxcache.Forward[K, V]    // inner, for a loop that is not recorded
	in      *instrument
}

func (t *traced[K, V]) Get(ctx context.Context, key K) (V, error) {
	ctx, span := t.in.start(ctx, ctxcache.OpGet)
	if span == nil {
		return t.inner.Get(ctx, key)
	}
	defer span.end()
	span.key(key)
	value, err := t.inner.Get(ctx, key)
	span.result(readResult(err), err)
	return value, err
}

func (t *traced[K, V]) GetEntry(ctx context.Context, key K) (ctxcache.Entry[V], error) {
	ctx, span := t.in.start(ctx, ctxcache.OpGetEntry)
	if span == nil {
		return t.entries.GetEntry(ctx, key)
	}
	defer span.end()
	span.key(key)
	entry, err := t.entries.GetEntry(ctx, key)
	span.result(readResult(err), err)
	return entry, err
}

// Keys uses Observed only if something can record: without that, the loop need not go through Observed.
func (t *traced[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	if t.in.source.tracer(ctx) == nil {
		return t.quiet.Keys(ctx, scope)
	}
	return t.Observed.Keys(ctx, scope)
}
