package ctxcache

import (
	"context"
	"errors"
	"iter"
	"time"
)

// ManyCache is a cache that handles many keys in one call: one round trip per server for a remote one.
//
// A failure of some keys, or of all, is a [*ManyError] that names them; the others have succeeded. An error that is
// about the call and not about keys (a done context, ErrClosed, ErrOptions, errors.ErrUnsupported) may come as
// it is. An absent key is not a failure. A key given twice counts once.
type ManyCache[K comparable, V any] interface {
	// GetEntries returns the entries found, negative ones included.
	GetEntries(ctx context.Context, keys []K) (map[K]Entry[V], error)
	// SetEntries stores every entry. It is not a transaction: on failure some may be stored.
	SetEntries(ctx context.Context, entries map[K]Entry[V]) error
	// DeleteMany deletes every key.
	DeleteMany(ctx context.Context, keys []K) error
}

// GetEntries returns the entries that c has for keys, negative ones included. A [*ManyError] names the keys
// that failed. A cache that is not a [ManyCache] is asked for one key after the other.
func GetEntries[K comparable, V any](ctx context.Context, c Cache[K, V], keys []K) (map[K]Entry[V], error) {
	return getEntries(ctx, c, as[ManyCache[K, V]](c, CapMany), as[EntryCache[K, V]](c, CapEntry), keys)
}

func getEntries[K comparable, V any](
	ctx context.Context, c Cache[K, V], able ManyCache[K, V], entries EntryCache[K, V], keys []K,
) (map[K]Entry[V], error) {
	if able != nil {
		return able.GetEntries(ctx, keys)
	}
	found := make(map[K]Entry[V], len(keys))
	failed := make(map[K]error)
	for key, mistake := range once(keys) {
		if mistake != nil {
			return found, mistake // no map can name it
		}
		if err := ctx.Err(); err != nil {
			return found, err
		}
		entry, err := getEntry(ctx, c, entries, key)
		switch err {
		case nil, ErrNotFound:
			found[key] = entry
		case ErrMiss:
		default:
			if done := ctx.Err(); done != nil {
				return found, done
			}
			failed[key] = err
		}
	}
	return found, NewManyError(failed)
}

// SetEntries stores every entry. A [*ManyError] names the keys that failed. A cache that is not a [ManyCache] is
// given one after the other. If c cannot store negative entries and one is among them, it returns
// an [errors.ErrUnsupported], and nothing is stored.
func SetEntries[K comparable, V any](ctx context.Context, c Cache[K, V], entries map[K]Entry[V]) error {
	setter, _ := c.(EntryCache[K, V])
	caps := Supports(c)
	err := setEntries(ctx, c, as[ManyCache[K, V]](c, CapMany), setter, caps, entries)
	if err != errors.ErrUnsupported { // so that entries are looked through only once
		return err
	}
	return named(err, c, OpSetEntries, needOf(cannotStore(caps, entries)))
}

func setEntries[K comparable, V any](
	ctx context.Context, c Cache[K, V], able ManyCache[K, V], setter EntryCache[K, V], caps Cap, entries map[K]Entry[V],
) error {
	if cannotStore(caps, entries) {
		return errors.ErrUnsupported
	}
	if able != nil {
		return able.SetEntries(ctx, entries)
	}
	failed := make(map[K]error)
	for key, entry := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := setEntry(ctx, c, setter, caps, key, entry); err != nil {
			if done := ctx.Err(); done != nil {
				return done
			}
			failed[key] = err
		}
	}
	return NewManyError(failed)
}

// cannotStore reports whether a negative entry is among entries, and a cache with these capabilities cannot store it.
func cannotStore[K comparable, V any](caps Cap, entries map[K]Entry[V]) bool {
	if caps.Has(CapNegative) {
		return false
	}
	for _, entry := range entries {
		if entry.Absent {
			return true
		}
	}
	return false
}

// DeleteMany deletes every key. A [*ManyError] names the keys that failed. A cache that is not a [ManyCache] is
// asked for one key after the other.
func DeleteMany[K comparable, V any](ctx context.Context, c Cache[K, V], keys []K) error {
	return deleteMany(ctx, c, as[ManyCache[K, V]](c, CapMany), keys)
}

func deleteMany[K comparable, V any](ctx context.Context, c Cache[K, V], able ManyCache[K, V], keys []K) error {
	if able != nil {
		return able.DeleteMany(ctx, keys)
	}
	failed := make(map[K]error)
	for key, mistake := range once(keys) {
		if mistake != nil {
			return mistake
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.Delete(ctx, key); err != nil {
			if done := ctx.Err(); done != nil {
				return done
			}
			failed[key] = err
		}
	}
	return NewManyError(failed)
}

// once yields each key once, with the result of CheckKey. It ends after a key that no map can have.
func once[K comparable](keys []K) iter.Seq2[K, error] {
	return func(yield func(K, error) bool) {
		seen := make(map[K]struct{}, len(keys))
		for _, key := range keys {
			if err := CheckKey(key); err != nil {
				yield(key, err)
				return
			}
			if _, again := seen[key]; again {
				continue
			}
			if seen[key] = struct{}{}; !yield(key, nil) {
				return
			}
		}
	}
}

// SetMany stores every value for ttl, as Set does. A [*ManyError] names the keys that failed.
func SetMany[K comparable, V any](ctx context.Context, c Cache[K, V], values map[K]V, ttl time.Duration) error {
	entries := make(map[K]Entry[V], len(values))
	for key, value := range values {
		entries[key] = NewEntry(value, ttl)
	}
	return SetEntries(ctx, c, entries)
}
