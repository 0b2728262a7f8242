package ctxcache

import (
	"context"
	"errors"
)

// Event reports that something changed in a store, whoever changed it.
type Event struct {
	Key any  // the key as it is stored, see StoredKey; nil with Gap or All
	All bool // every key may have changed: the store was cleared
	Gap bool // earlier changes were not reported, or not all of them. Followers must drop all their copies.
}

// WatchCache is a cache that reports its changes.
type WatchCache[K comparable] interface {
	// Watch calls fn for every change of this cache's keys, one call at a time, until ctx is done, and then returns
	// the context's error. It returns earlier if it cannot go on. The first event is a Gap: changes after it are
	// reported. A change is reported after it has happened: a read after the event sees the new value. Watch
	// may call fn for other keys of the same store as well, and for a change more than once. It may be called again, and
	// concurrently: each call reports every change. A slow fn does not hold up those who make changes: events wait for
	// it, or are lost with a Gap or a return.
	Watch(ctx context.Context, fn func(Event)) error

	// StoredKey returns key as it stands in an Event, or nil if key cannot be stored.
	StoredKey(key K) any
}

// Watch calls fn for every change in c until ctx is done. It returns an [errors.ErrUnsupported] for a cache that is not a
// [WatchCache].
func Watch[K comparable, V any](ctx context.Context, c Cache[K, V], fn func(Event)) error {
	return named(watch(ctx, as[WatchCache[K]](c, CapWatch), fn), c, OpWatch, CapWatch)
}

func watch[K comparable](ctx context.Context, able WatchCache[K], fn func(Event)) error {
	if able == nil {
		return errors.ErrUnsupported
	}
	return able.Watch(ctx, fn)
}

// StoredKey returns key as it stands in the events of c, or nil if c is not a [WatchCache] or cannot store key.
func StoredKey[K comparable, V any](c Cache[K, V], key K) any {
	return storedKey(as[WatchCache[K]](c, CapWatch), key)
}

func storedKey[K comparable](able WatchCache[K], key K) any {
	if able == nil {
		return nil
	}
	return able.StoredKey(key)
}
