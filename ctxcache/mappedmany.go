package ctxcache

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
)

// mappedKeys are the keys of a call for many, and what they map to: inner[i] stands for outer[i]. Only those that could
// be mapped are here; the others are in failed.
type mappedKeys[K comparable, K2 comparable] struct {
	outer  []K
	inner  []K2
	failed map[K]error
}

// keys maps the keys of a call for many, each once. It fails as a whole only if ctx is done, or for a key that no map
// can hold.
func (m *Mapped[K, V, K2, V2]) keys(ctx context.Context, op Operation, keys iter.Seq[K], n int) (mappedKeys[K, K2], error) {
	mapped := mappedKeys[K, K2]{
		outer:  make([]K, 0, n),
		inner:  make([]K2, 0, n),
		failed: make(map[K]error),
	}
	if err := ctx.Err(); err != nil {
		return mapped, err
	}
	seen := make(map[K]bool, n)
	for key := range keys {
		if err := CheckKey(key); err != nil {
			return mapped, m.fail(op, err)
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		inner, err := m.key(ctx, op, key)
		if err == nil && CheckKey(inner) != nil { // no map of inner keys can hold it
			err = m.refused(ctx, op, ErrKey)
		}
		if err != nil {
			mapped.failed[key] = err
			continue
		}
		mapped.outer = append(mapped.outer, key)
		mapped.inner = append(mapped.inner, inner)
	}
	return mapped, nil
}

// err returns the error of the call: failed keys by their outer names, or whole, the inner error about the call
// itself.
func (k *mappedKeys[K, K2]) err(inner error) error {
	if inner == nil {
		return NewManyError(k.failed)
	}
	if _, some := errors.AsType[*ManyError[K2]](inner); !some {
		return inner
	}
	for i, key := range k.outer {
		if err := KeyError(inner, k.inner[i]); err != nil {
			k.failed[key] = err
		}
	}
	return NewManyError(k.failed)
}

// GetEntries maps the keys, asks the inner cache, and maps the values back. A key whose value does not decode fails with
// ErrCorrupt; the others are returned.
func (m *Mapped[K, V, K2, V2]) GetEntries(ctx context.Context, keys []K) (map[K]Entry[V], error) {
	mapped, err := m.keys(ctx, OpGetEntries, slices.Values(keys), len(keys))
	if err != nil {
		return nil, err
	}
	inner, err := m.inner.GetEntries(ctx, mapped.inner)
	found := make(map[K]Entry[V], len(inner))
	for i, key := range mapped.outer {
		entry, ok := inner[mapped.inner[i]]
		if !ok || names(err, mapped.inner[i]) { // an error counts, even if there is a value, too
			continue
		}
		switch e, decodeErr := m.decode(OpGetEntries, key, entry); decodeErr {
		case nil, ErrNotFound:
			found[key] = e
		case ErrMiss: // the entry is not of this layer
		default:
			mapped.failed[key] = decodeErr
		}
	}
	return found, mapped.err(err)
}

// names reports whether err, the error of a call for many keys, names key. An error about the whole call names no key.
func names[K comparable](err error, key K) bool {
	many, some := errors.AsType[*ManyError[K]](err)
	return some && many.Failed[key] != nil
}

// SetEntries maps keys and entries, and stores them in the inner cache. A key that cannot be mapped, or whose value
// cannot, fails; the others are stored. A value that does not encode is ErrValue, and its key is then deleted from
// the inner cache.
func (m *Mapped[K, V, K2, V2]) SetEntries(ctx context.Context, entries map[K]Entry[V]) error {
	mapped, err := m.keys(ctx, OpSetEntries, maps.Keys(entries), len(entries))
	if err != nil {
		return err
	}
	returned := false
	defer func() {
		if !returned { // Encode panicked, so nothing is stored: no old value of the call may stay, see encodeToSet
			_ = m.inner.DeleteMany(ctx, mapped.inner) // the panic goes on, so nobody can get the error
		}
	}()
	inner, err := m.encodeMany(OpSetEntries, &mapped, entries, nil)
	returned = true
	if err != nil {
		return err
	}
	if err = m.inner.SetEntries(ctx, inner); err == errors.ErrUnsupported { // before any effect
		return err
	}
	m.deleteRefused(ctx, &mapped)
	return mapped.err(err)
}

// deleteRefused deletes the keys whose values did not encode from the inner cache.
func (m *Mapped[K, V, K2, V2]) deleteRefused(ctx context.Context, mapped *mappedKeys[K, K2]) {
	var outer []K
	var inner []K2
	for i, key := range mapped.outer {
		if isRefused(mapped.failed[key]) {
			outer, inner = append(outer, key), append(inner, mapped.inner[i])
		}
	}
	if len(inner) == 0 {
		return
	}
	err := m.inner.DeleteMany(ctx, inner)
	for i, key := range outer {
		mapped.failed[key] = withFailed(mapped.failed[key], KeyError(err, inner[i]))
	}
}

// encodeMany maps entries. Those that do not map are in mapped.failed, unless none of them can be stored at all. Over
// has the inner entries that a FillMany writes over.
func (m *Mapped[K, V, K2, V2]) encodeMany(
	op Operation, mapped *mappedKeys[K, K2], entries map[K]Entry[V], over map[K]*Entry[V2],
) (inner map[K2]Entry[V2], err error) {
	inner = make(map[K2]Entry[V2], len(entries))
	for i, key := range mapped.outer {
		e, err := m.encode(op, key, entries[key], over[key])
		switch err {
		case nil:
			inner[mapped.inner[i]] = e
		case errors.ErrUnsupported: // before any effect
			return nil, err
		default:
			mapped.failed[key] = err
		}
	}
	return inner, nil
}

// DeleteMany maps the keys, and deletes them in the inner cache.
func (m *Mapped[K, V, K2, V2]) DeleteMany(ctx context.Context, keys []K) error {
	mapped, err := m.keys(ctx, OpDeleteMany, slices.Values(keys), len(keys))
	if err != nil {
		return err
	}
	return mapped.err(m.inner.DeleteMany(ctx, mapped.inner))
}
