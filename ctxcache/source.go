package ctxcache

import "context"

// Source is a stream of changes that a follower of a store can use if the store does not report them itself: a channel,
// or the change stream of a database. A [WatchCache] reports its own.
type Source interface {
	// Watch is as in [WatchCache].
	Watch(ctx context.Context, fn func(Event)) error

	// StoredKey returns key, which is a key of the follower, as it stands in an Event, or nil if the source never
	// reports it. The result must be comparable.
	StoredKey(key any) any
}

// Publisher tells the watchers of a [Source] that something has changed.
type Publisher interface {
	// Publish reports events to all watchers, those in other processes included. It returns an error if it cannot know
	// that the watchers hear of them, or notice that they have missed them.
	Publish(ctx context.Context, events ...Event) error
}
