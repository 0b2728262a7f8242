package layers

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Published returns a cache that passes every operation on to inner, and publishes each change that it makes on channel.
// [ctxcache.Watch] of it watches channel. So near copies in other processes follow a store that does not report changes
// itself, such as Memcached, with Options.Coherent of package layers/twolevel:
//
//	far := layers.Published(memcached.New(client, nil), rediscache.NewChannel(redisClient, "users", nil))
//	users := twolevel.New(near, layers.Prefixed(far, "user:"), &twolevel.Options{Coherent: true})
//
// A write, a deletion and a Fill are published after inner has made them, also if inner has failed and the change may
// have been made. A Clear is published as one event for all keys. Leases are not published: they hide no value. The events
// have the keys of this cache, as StoredKey of channel returns them. If it returns nil, a write returns an error that
// wraps [ctxcache.ErrKey], and does nothing.
//
// If the publication fails, the call returns an error, although inner has made the change: other processes may keep
// the old value. Try again, or delete the key. Two levels with Resilient do so by themselves. If the context of the
// call ends, the call returns its error, and the publication goes on without it, as long as channel takes.
//
// Between a change and its publication is a moment. A process that dies in this moment leaves old copies near to other
// processes, and so does a write that a network delivers late. These copies end with their NearTTL, so set one. Over
// Redis, use Options.Channel of rediscache instead: there is no such moment.
//
// All processes that change the store must publish. Published panics if inner or channel is nil.
func Published[K comparable, V any](
	inner ctxcache.Cache[K, V], channel interface {
		ctxcache.Source
		ctxcache.Publisher
	},
) ctxcache.Cache[K, V] {
	need("Published", "an inner cache", inner != nil)
	need("Published", "a channel", channel != nil)
	about := ctxcache.Description{Kind: kindPublished}
	publisher := &publishing[K]{channel, channel.StoredKey}
	return &published[K, V]{
		Observed: ctxcache.NewIntercepted(inner, about, ctxcache.Interceptor[K, bool](publisher)), source: channel,
	}
}

const kindPublished = "published"

type published[K comparable, V any] struct {
	ctxcache.Observed[K, V, bool]
	source ctxcache.Source
}

// Supports returns the inner cache's capabilities and CapWatch.
func (p *published[K, V]) Supports() ctxcache.Cap { return p.Observed.Supports() | ctxcache.CapWatch }

// Watch watches the channel.
func (p *published[K, V]) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	return ctxcache.Fail(kindPublished, ctxcache.OpWatch, p.source.Watch(ctx, fn))
}

// StoredKey returns key as it stands in the events of the channel.
func (p *published[K, V]) StoredKey(key K) any { return p.source.StoredKey(key) }
