package rediscache

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Watch does not connect again after it has lost its connection. It returns, because only a return says that changes
// are not reported now: a Gap would promise that later changes are. A follower such as layers/twolevel does not use
// its copies from the return until the Gap of the next Watch.

// Watch calls fn for every change of a key that begins with [Options].Prefix, whichever client made it and in
// whichever database: a write, a deletion, an eviction, an expiry when the server notices it. The key in the event is
// the name in Redis: see StoredKey. A flush of any database is an event with All. The first event is a Gap. Markers
// of leases and negative entries are changes, too.
//
// It uses CLIENT TRACKING with BCAST over RESP3, on a connection of its own. It makes the connection with the options
// of the client: address, Dialer, TLS, credentials, OnConnect, ClientName. Hooks of the client do not see it. It
// waits for the connection for [Options].WriteTimeout at most. It also subscribes to a channel, its prefix and
// "__watch__", so that the server limits what waits for a slow fn. If the account may not subscribe, the server sets
// no limit, and [Cache.Check] says so.
//
// Watch returns the error of ctx when ctx is done, and an error that wraps ErrClosed after Close. It also returns if
// it cannot report changes: the server refuses CLIENT TRACKING or does not speak RESP3, the connection ends, fn is so
// slow that the server ends the connection, or the server is silent for [Options].WatchTimeout. Call it again after a
// pause. Over a Cluster, a Ring, servers behind Sentinel, or a client with Protocol 2 it returns
// [errors.ErrUnsupported].
//
// It calls fn on its own goroutine, so a panic of fn is a panic of Watch. Fn may call the cache, and close it.
func (c *Cache) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	if !c.caps.Has(ctxcache.CapWatch) {
		return errors.ErrUnsupported
	}
	c.watched.Store(true)
	life, end := context.WithCancel(ctx)
	defer end()
	s, err := calls.Task[*changes]{
		Op: ctxcache.OpWatch, Server: watching,
		Run: func(ctx context.Context) (*changes, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(life, cancel)() // nobody waits for the connection any more
			return c.openChanges(ctx)
		},
		Late: func(s *changes) {
			if s != nil {
				s.close()
			}
		},
	}.Do(life, c.calls)
	if err != nil {
		return err
	}
	defer s.close()
	closing := c.calls.Go(life, func(ctx context.Context) {
		<-ctx.Done()
		s.interrupt()
	})
	if !closing {
		return ctxcache.Fail(layer, ctxcache.OpWatch, ctxcache.ErrClosed)
	}
	err = s.report(func(e ctxcache.Event) error {
		if err := c.calls.Usable(ctx); err != nil {
			return err
		}
		fn(e)
		return nil
	})
	return c.calls.Fail(ctx, ctxcache.OpWatch, fmt.Errorf("the connection that reports changes has ended: %w", err))
}

// watching is the name that the breaker has for connections of Watch. A server that does not answer them may still answer
// calls, and the other way round.
const watching = "watch"

// StoredKey returns the name of key in Redis, as it stands in the events of Watch.
func (c *Cache) StoredKey(key string) any { return c.stored(key) }

// canWatch reports whether Watch works with a client. It asks no server.
func canWatch(client redis.UniversalClient) bool {
	single, ok := client.(singleClient)
	if !ok { // each server reports its own keys only, and there may be others later
		return false
	}
	o := single.Options()
	const behindSentinel = "FailoverClient" // go-redis's name for the address; the master may change unnoticed
	return o.Protocol != 2 && o.Addr != behindSentinel
}
