package tracing

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"go.opentelemetry.io/otel/attribute"

	"github.com/ctxcache/cached/ctxcache"
)

// maxKeys bounds how many keys of a call for many are told.
const maxKeys = 16

func (t *traced[K, V]) GetEntries(ctx context.Context, keys []K) (map[K]ctxcache.Entry[V], error) {
	ctx, span := t.in.start(ctx, opGetMany)
	if span == nil {
		return t.Forward.GetEntries(ctx, keys)
	}
	defer span.end()
	tellKeys(span, len(keys), slices.Values(keys))
	entries, err := t.Forward.GetEntries(ctx, keys)
	span.result(doneResult(err), err, append(found(entries), failed[K](err)...)...)
	return entries, err
}

func (t *traced[K, V]) SetEntries(ctx context.Context, entries map[K]ctxcache.Entry[V]) error {
	ctx, span := t.in.start(ctx, opSetMany)
	if span == nil {
		return t.Forward.SetEntries(ctx, entries)
	}
	defer span.end()
	tellKeys(span, len(entries), maps.Keys(entries))
	err := t.Forward.SetEntries(ctx, entries)
	span.result(doneResult(err), err, failed[K](err)...)
	return err
}

func (t *traced[K, V]) DeleteMany(ctx context.Context, keys []K) error {
	ctx, span := t.in.start(ctx, opDeleteMany)
	if span == nil {
		return t.Forward.DeleteMany(ctx, keys)
	}
	defer span.end()
	tellKeys(span, len(keys), slices.Values(keys))
	err := t.Forward.DeleteMany(ctx, keys)
	span.result(doneResult(err), err, failed[K](err)...)
	return err
}

// tellKeys tells how many keys there are and, if keys are wanted, the first of them.
func tellKeys[K comparable](s *span, count int, keys iter.Seq[K]) {
	s.otel.SetAttributes(AttrKeyCount.Int(count))
	if s.in.keys == nil {
		return
	}
	texts := make([]string, 0, min(count, maxKeys))
	for key := range keys {
		if len(texts) == maxKeys {
			break
		}
		texts = append(texts, s.in.keyText(key))
	}
	s.otel.SetAttributes(AttrKeys.StringSlice(texts))
}

// found counts what a call for many found.
func found[K comparable, V any](entries map[K]ctxcache.Entry[V]) []attribute.KeyValue {
	negatives := 0
	for _, entry := range entries {
		if entry.Absent {
			negatives++
		}
	}
	return []attribute.KeyValue{AttrHits.Int(len(entries) - negatives), AttrNegatives.Int(negatives)}
}

// failed counts the keys that err says have failed.
func failed[K comparable](err error) []attribute.KeyValue {
	var many *ctxcache.ManyError[K]
	if !errors.As(err, &many) {
		return nil
	}
	return []attribute.KeyValue{AttrFailed.Int(len(many.Failed))}
}
