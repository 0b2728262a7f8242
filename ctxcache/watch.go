package ctxcache

import (
	"context"
	"errors"
)

// Event tells that something changed in a store, by whomever.
type Event struct {
	Key any  // the key as it is stored, see StoredKey; nil with Gap or All
	All bool // every key may have changed: the store was cleared
	Gap bool // what happened before is not told, or not all of it. Whoever follows forgets all it knows.
}

// Watcher is a cache that tells of its changes.
type Watcher[K comparable] interface {
	// Watch calls fn for every change of this cache's keys, one call at a time, until ctx is done, and returns
	// then the context's error; or earlier, if it cannot go on. The first event is a Gap: what changes from then
	// on is told. A change is told when it has happened, so that who reads after the event reads what is new. It
	// may call fn for other keys of the same store as well, and for a change more than once.
	Watch(ctx context.Context, fn func(Event)) error

	// StoredKey returns key as it stands in an Event, or nil if key is none that can be stored.
	StoredKey(key K) any
}

// Watch calls fn for every change in c until ctx is done. It is [errors.ErrUnsupported] for a cache that is no
// [Watcher].
func Watch[K comparable, V any](ctx context.Context, c Cache[K, V], fn func(Event)) error {
	if s, ok := c.(Watcher[K]); ok && Supports(c).Has(OpWatch) {
		return s.Watch(ctx, fn)
	}
	return errors.ErrUnsupported
}

// StoredKey returns key as it stands in the events of c, or nil if c is no [Watcher] or cannot store key.
func StoredKey[K comparable, V any](c Cache[K, V], key K) any {
	if s, ok := c.(Watcher[K]); ok && Supports(c).Has(OpWatch) {
		return s.StoredKey(key)
	}
	return nil
}
