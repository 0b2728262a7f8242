package ctxcache

import (
	"context"
	"slices"
)

// GetMany maps the keys, asks the inner cache for values, and maps these back. It decides as GetEntries does. So if the
// hooks may need the Meta of the inner entries, it reads entries.
func (m *Mapped[K, V, K2, V2]) GetMany(ctx context.Context, keys []K) (map[K]V, error) {
	if m.hooks.EncodeNegative != nil { // a negative entry of the inner cache is damage, so the layer has to know of it
		values, _, err := m.GetValues(ctx, keys)
		return values, err
	}
	values, _, err := m.getValues(ctx, keys, func(ctx context.Context, keys []K2) (map[K2]V2, []K2, error) {
		values, err := m.inner.getMany(ctx, keys)
		return values, nil, err
	})
	return values, err
}

// GetValues is GetMany that also returns the keys that have negative entries.
func (m *Mapped[K, V, K2, V2]) GetValues(ctx context.Context, keys []K) (values map[K]V, negative []K, err error) {
	return m.getValues(ctx, keys, m.inner.getValues)
}

// getValues maps the keys, calls read, and maps the values back, which read returns with the keys of negative entries.
func (m *Mapped[K, V, K2, V2]) getValues(
	ctx context.Context, keys []K, read func(ctx context.Context, keys []K2) (map[K2]V2, []K2, error),
) (values map[K]V, negative []K, err error) {
	if m.hooks.DecodeEntry != nil && !m.hooks.DecodeIgnoresMeta {
		entries, err := m.GetEntries(ctx, keys)
		values, negative = valuesOf(entries)
		return values, negative, err
	}
	mapped, err := m.keys(ctx, OpGetEntries, slices.Values(keys), len(keys))
	if err != nil {
		return nil, nil, err
	}
	inner, innerNegative, err := read(ctx, mapped.inner)
	isNegative := make(map[K2]bool, len(innerNegative))
	for _, innerKey := range innerNegative {
		isNegative[innerKey] = true
	}
	values = make(map[K]V, len(inner))
	for i, key := range mapped.outer {
		innerKey := mapped.inner[i]
		innerValue, has := inner[innerKey]
		if !has && !isNegative[innerKey] || names(err, innerKey) { // an error counts, even if there is a value, too
			continue
		}
		var value V
		var decodeErr error
		if has {
			value, decodeErr = m.decodeValue(OpGetEntries, key, innerValue)
		} else {
			decodeErr = m.negative(OpGetEntries)
		}
		switch decodeErr {
		case nil:
			values[key] = value
		case ErrNotFound:
			negative = append(negative, key)
		case ErrMiss: // the value is not of this layer
		default:
			mapped.failed[key] = decodeErr
		}
	}
	return values, negative, mapped.err(err)
}
