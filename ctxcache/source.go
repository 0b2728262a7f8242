package ctxcache

import "context"

// Source is a stream of changes that a follower can use if its store does not report them itself: the change stream of
// a database, or a channel. See Options.Follow of package layers/twolevel.
//
// Unless a Source is a [CacheSource], it reports changes of the data that values are loaded from, such as rows of a
// database. Everything that was loaded before the change is then old, in every cache. So a follower deletes the key in
// the caches that it has. Package ctxcache/cachetest has a suite for sources, RunSource.
type Source interface {
	// Watch is as in [WatchCache]. It may be called again, and concurrently. If it has lost its stream, it returns soon,
	// whether or not the stream comes back: only a return says that changes are not reported now. If it has lost changes
	// and the stream is intact, a Gap is enough. A slow fn does not hold up those who make changes: they wait, or are
	// lost with a Gap or a return.
	Watch(ctx context.Context, fn func(Event)) error

	// StoredKey returns key, which is a key of the follower, as it stands in an Event, or nil if the source never
	// reports it. The result must be comparable.
	//
	// A source of changes of data returns key itself, or nil: its events have the follower's own keys, of the follower's
	// type. The follower has to delete keys that it has no copy of, and nobody can do that with a hash.
	StoredKey(key any) any
}

// CacheSource is a [Source] that knows whether it reports the changes of a cache, and not of the data. A follower takes it
// that this cache has the new value when the event comes. (If all that is published on a channel are changes of data, hide
// the method: a struct that embeds only the interface Source has none.)
type CacheSource interface {
	Source

	// OfCache reports whether the changes are those of a cache. The answer never changes.
	OfCache() bool
}

// OfCache reports whether source reports the changes of a cache: see [CacheSource].
func OfCache(source Source) bool {
	of, ok := source.(CacheSource)
	return ok && of.OfCache()
}

// SourceOf returns a [CacheSource] of the changes of c, as its Watch reports them. If c cannot be watched, Watch of the
// source returns [errors.ErrUnsupported]. StoredKey returns nil for keys of another type than c's.
func SourceOf[K comparable, V any](c Cache[K, V]) Source {
	return sourceOf[K]{as[WatchCache[K]](c, CapWatch)}
}

type sourceOf[K comparable] struct {
	watching WatchCache[K] // nil if the cache cannot be watched
}

func (s sourceOf[K]) Watch(ctx context.Context, fn func(Event)) error {
	return watch(ctx, s.watching, fn)
}

func (s sourceOf[K]) StoredKey(key any) any {
	if key, ok := key.(K); ok {
		return storedKey(s.watching, key)
	}
	return nil
}

func (sourceOf[K]) OfCache() bool { return true }

// Publisher reports changes to the watchers of a [Source].
type Publisher interface {
	// Publish reports events to all watchers, those in other processes included. It returns an error if it cannot know
	// that the watchers hear of them, or notice that they have missed them.
	Publish(ctx context.Context, events ...Event) error
}
