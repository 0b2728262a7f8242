package ctxcache

import (
	"context"
	"errors"
	"time"
)

// ManyCache is a cache that does many keys in one call: one round trip per server for a remote one.
//
// A failure of some keys, or of all, is a [*ManyError] that names them, beside whatever did succeed; what is
// about the call and not about keys (a done context, ErrClosed, ErrOptions, errors.ErrUnsupported) may come as
// it is. A key that is absent is no failure. A key given twice counts once.
type ManyCache[K comparable, V any] interface {
	// GetEntries returns the entries found, negative ones included.
	GetEntries(ctx context.Context, keys []K) (map[K]Entry[V], error)
	// SetEntries stores every entry. It is not a transaction: on failure some may be stored.
	SetEntries(ctx context.Context, entries map[K]Entry[V]) error
	// DeleteMany deletes every key.
	DeleteMany(ctx context.Context, keys []K) error
}

// GetEntries returns the entries that c has for keys, negative ones included. A [*ManyError] beside it names
// the keys that failed. A cache that is no [ManyCache] is asked for one key after the other.
func GetEntries[K comparable, V any](ctx context.Context, c Cache[K, V], keys []K) (map[K]Entry[V], error) {
	if s, ok := c.(ManyCache[K, V]); ok && Supports(c).Has(OpMany) {
		return s.GetEntries(ctx, keys)
	}
	found := make(map[K]Entry[V], len(keys))
	failed := make(map[K]error)
	for _, key := range keys {
		if err := CheckKey(key); err != nil {
			return found, err // no map can name it
		}
		entry, err := GetEntry(ctx, c, key)
		switch err {
		case nil, ErrNotFound:
			found[key] = entry
		case ErrMiss:
		default:
			failed[key] = err
		}
	}
	return found, NewManyError(failed)
}

// SetEntries stores every entry. A [*ManyError] names the keys that failed. A cache that is no [ManyCache] is
// given one after the other. If c cannot store negative entries and one is among them, it is
// [errors.ErrUnsupported], and nothing is stored.
func SetEntries[K comparable, V any](ctx context.Context, c Cache[K, V], entries map[K]Entry[V]) error {
	if !Supports(c).Has(OpNegative) {
		for _, entry := range entries {
			if entry.Absent {
				return errors.ErrUnsupported
			}
		}
	}
	if s, ok := c.(ManyCache[K, V]); ok && Supports(c).Has(OpMany) {
		return s.SetEntries(ctx, entries)
	}
	failed := make(map[K]error)
	for key, entry := range entries {
		if err := SetEntry(ctx, c, key, entry); err != nil {
			failed[key] = err
		}
	}
	return NewManyError(failed)
}

// DeleteMany deletes every key. A [*ManyError] names the keys that failed. A cache that is no [ManyCache] is
// asked for one key after the other.
func DeleteMany[K comparable, V any](ctx context.Context, c Cache[K, V], keys []K) error {
	if s, ok := c.(ManyCache[K, V]); ok && Supports(c).Has(OpMany) {
		return s.DeleteMany(ctx, keys)
	}
	failed := make(map[K]error)
	for _, key := range keys {
		if err := CheckKey(key); err != nil {
			return err
		}
		if err := c.Delete(ctx, key); err != nil {
			failed[key] = err
		}
	}
	return NewManyError(failed)
}

// GetMany returns the values that c has for keys. Keys that are absent, and those known not to exist, are not
// in the map; a [*ManyError] beside it names the keys that failed.
func GetMany[K comparable, V any](ctx context.Context, c Cache[K, V], keys []K) (map[K]V, error) {
	entries, err := GetEntries(ctx, c, keys)
	values := make(map[K]V, len(entries))
	for key, entry := range entries {
		if !entry.Absent {
			values[key] = entry.Value
		}
	}
	return values, err
}

// SetMany stores every value for ttl, as Set does. A [*ManyError] names the keys that failed.
func SetMany[K comparable, V any](ctx context.Context, c Cache[K, V], values map[K]V, ttl time.Duration) error {
	entries := make(map[K]Entry[V], len(values))
	for key, value := range values {
		entries[key] = Entry[V]{Value: value, TTL: ttl}
	}
	return SetEntries(ctx, c, entries)
}
