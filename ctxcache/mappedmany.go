package ctxcache

import (
	"context"
	"errors"
	"time"
)

// mappedKeys are keys of a call for many beside what they map to: inner[i] stands for outer[i]. Only those that could
// be mapped are here; the others are in failed.
type mappedKeys[K comparable, K2 comparable] struct {
	outer  []K
	inner  []K2
	failed map[K]error
}

// keys maps the keys of a call for many, each once. It fails as a whole only if
// ctx is done, or for a key that no map can hold.
func (m *Mapped[K, V, K2, V2]) keys(ctx context.Context, op string, keys []K) (mappedKeys[K, K2], error) {
	mapped := mappedKeys[K, K2]{
		outer:  make([]K, 0, len(keys)),
		inner:  make([]K2, 0, len(keys)),
		failed: make(map[K]error),
	}
	if err := ctx.Err(); err != nil {
		return mapped, err
	}
	seen := make(map[K]bool, len(keys))
	for _, key := range keys {
		if err := CheckKey(key); err != nil {
			return mapped, Fail(m.hooks.Layer, op, err)
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		inner, err := m.key(ctx, op, key)
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
	var many *ManyError[K2]
	if !errors.As(inner, &many) {
		return inner
	}
	for i, key := range k.outer {
		if err := many.Failed[k.inner[i]]; err != nil {
			k.failed[key] = err
		}
	}
	return NewManyError(k.failed)
}

// GetEntries maps keys, and back the values. A value that does not decode fails its key.
func (m *Mapped[K, V, K2, V2]) GetEntries(ctx context.Context, keys []K) (map[K]Entry[V], error) {
	mapped, err := m.keys(ctx, "get", keys)
	if err != nil {
		return nil, err
	}
	inner, err := GetEntries(ctx, m.inner, mapped.inner)
	found := make(map[K]Entry[V], len(inner))
	for i, key := range mapped.outer {
		entry, ok := inner[mapped.inner[i]]
		if !ok {
			continue
		}
		switch e, decodeErr := m.decode("get", key, entry); decodeErr {
		case nil, ErrNotFound:
			found[key] = e
		default:
			mapped.failed[key] = decodeErr
		}
	}
	return found, mapped.err(err)
}

// SetEntries maps keys and values. Those that do not map fail alone.
func (m *Mapped[K, V, K2, V2]) SetEntries(ctx context.Context, entries map[K]Entry[V]) error {
	keys := make([]K, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	mapped, err := m.keys(ctx, "set", keys)
	if err != nil {
		return err
	}
	inner := make(map[K2]Entry[V2], len(entries))
	for i, key := range mapped.outer {
		if e, encodeErr := m.encode("set", key, entries[key]); encodeErr != nil {
			mapped.failed[key] = encodeErr
		} else {
			inner[mapped.inner[i]] = e
		}
	}
	return mapped.err(SetEntries(ctx, m.inner, inner))
}

// DeleteMany maps keys.
func (m *Mapped[K, V, K2, V2]) DeleteMany(ctx context.Context, keys []K) error {
	mapped, err := m.keys(ctx, "delete", keys)
	if err != nil {
		return err
	}
	return mapped.err(DeleteMany(ctx, m.inner, mapped.inner))
}

// GetLeases maps keys, and back the values; the leases map what they are filled with. A corrupt key is asked
// for again, alone, for a lease to heal it.
func (m *Mapped[K, V, K2, V2]) GetLeases(ctx context.Context, keys []K, refreshBelow time.Duration) (map[K]Entry[V], map[K]Lease[V], error) {
	mapped, err := m.keys(ctx, "lease", keys)
	if err != nil {
		return nil, nil, err
	}
	inner, innerLeases, err := GetLeases(ctx, m.inner, mapped.inner, refreshBelow)
	if inner == nil && innerLeases == nil && err != nil {
		return nil, nil, mapped.err(err)
	}
	found := make(map[K]Entry[V], len(inner))
	leases := make(map[K]Lease[V], len(innerLeases))
	for i, key := range mapped.outer {
		innerKey := mapped.inner[i]
		lease := innerLeases[innerKey]
		delete(innerLeases, innerKey) // should two keys map to one, the first has its lease
		if lease != nil {
			leases[key] = m.lease(key, lease)
		}
		entry, ok := inner[innerKey]
		if !ok {
			continue
		}
		e, decodeErr := m.decode("lease", key, entry)
		if decodeErr != nil && decodeErr != ErrNotFound && lease == nil {
			var healing Lease[V]
			if e, healing, decodeErr = m.healLease(ctx, key, innerKey, refreshBelow); healing != nil {
				leases[key] = healing
			}
		}
		switch decodeErr {
		case nil, ErrNotFound:
			found[key] = e
		case ErrMiss:
		default:
			mapped.failed[key] = decodeErr
		}
	}
	return found, leases, mapped.err(err)
}
