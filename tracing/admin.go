package tracing

import (
	"context"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

func (t *traced[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	ctx, span := t.in.start(ctx, opLen)
	if span == nil {
		return t.Forward.Len(ctx, scope)
	}
	defer span.end()
	n, err := t.Forward.Len(ctx, scope)
	if err != nil {
		span.result(doneResult(err), err)
		return n, err
	}
	span.result(ResultOK, nil, AttrEntries.Int(n))
	return n, nil
}

func (t *traced[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	ctx, span := t.in.start(ctx, opClear)
	if span == nil {
		return t.Forward.Clear(ctx, scope)
	}
	defer span.end()
	err := t.Forward.Clear(ctx, scope)
	span.result(doneResult(err), err)
	return err
}

// Keys has a span for each time that the sequence is ranged over, until the loop ends.
func (t *traced[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	if t.in.source.tracer(ctx) == nil {
		return t.Forward.Keys(ctx, scope)
	}
	return func(yield func(K, error) bool) {
		ctx, span := t.in.start(ctx, opKeys)
		if span == nil {
			t.Forward.Keys(ctx, scope)(yield)
			return
		}
		defer span.end()
		yielded := 0
		var failure error
		for key, err := range t.Forward.Keys(ctx, scope) {
			if err != nil {
				failure = err
			} else {
				yielded++
			}
			if !yield(key, err) {
				break
			}
		}
		span.result(doneResult(failure), failure, AttrEntries.Int(yielded))
	}
}

func (t *traced[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	ctx, span := t.in.start(ctx, opStats)
	if span == nil {
		return t.Forward.Stats(ctx)
	}
	defer span.end()
	stats, err := t.Forward.Stats(ctx)
	span.result(doneResult(err), err)
	return stats, err
}
