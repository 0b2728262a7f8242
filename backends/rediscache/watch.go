package rediscache

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
// It uses CLIENT TRACKING with BCAST over RESP3, on connections of its own: one to the server, or one to each master of a
// Cluster. It makes them with the options of the client: address, Dialer, TLS, credentials, OnConnect, ClientName. Hooks
// of the client do not see them. It waits for them for [Options].WriteTimeout at most. It also subscribes to a channel,
// its prefix and "__watch__", so that the server limits what waits for a slow fn. If the account may not subscribe, the
// server sets no limit, and [Cache.Check] says so.
//
// Watch returns the error of ctx when ctx is done, and an error that wraps ErrClosed after Close. It also returns if
// it cannot report changes: the server refuses CLIENT TRACKING or does not speak RESP3, the connection ends, fn is so
// slow that the server ends the connection, or the server is silent for [Options].WatchTimeout. Call it again after a
// pause. Over a Ring, over a client with ClusterSlots or with Protocol 2, and over NewFailoverClusterClient it returns
// [errors.ErrUnsupported].
//
// Behind Sentinel, Watch also returns when the client no longer reaches the same server as the master, when the server
// says that it is a replica, and when no sentinel answers. To find out, it asks for ROLE, and dials the master again,
// twice in a WatchTimeout. It compares the RemoteAddr of the connections: a Dialer of your own must not hide it.
//
// Over a Cluster, all masters must be up before the first event, and Watch returns when one of its connections ends, or
// when there is another master: after a failover, or when a node joins. To find out, it asks each master for CLUSTER
// NODES, twice in a WatchTimeout. A slot that moves from one master to another one is not a gap: both report the keys
// that move. Events of different masters may come in another order than the changes were made in.
//
// It calls fn on its own goroutine, so a panic of fn is a panic of Watch. Fn may call the cache, and close it.
func (c *Cache) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	if !c.caps.Has(ctxcache.CapWatch) {
		return errors.ErrUnsupported
	}
	if c.channel != nil {
		return c.channel.Watch(ctx, fn)
	}
	c.watched.Store(true)
	life, end := context.WithCancelCause(ctx)
	defer end(nil)
	s, err := calls.Task[streams]{
		Op: ctxcache.OpWatch, Server: watching,
		Run: func(ctx context.Context) (streams, error) {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(life, cancel)() // nobody waits for the connections any more
			return c.openStreams(ctx)
		},
		Late: streams.close,
	}.Do(life, c.calls)
	if err != nil {
		return err
	}
	defer s.close()
	c.unlimited.Store(slices.ContainsFunc(s, func(s *changes) bool { return !s.limited }))
	running := c.calls.Go(life, func(ctx context.Context) {
		<-ctx.Done()
		s.interrupt()
	})
	if running && behindSentinels(c.client) {
		running = c.calls.Go(life, func(ctx context.Context) { end(c.awaitOtherMaster(ctx, s[0])) })
	}
	if !running {
		return ctxcache.Fail(layer, ctxcache.OpWatch, ctxcache.ErrClosed)
	}
	err = s.report(func(e ctxcache.Event) error {
		if err := c.calls.Usable(life); err != nil {
			return err
		}
		fn(e)
		return nil
	})
	if why := context.Cause(life); why != nil && ctx.Err() == nil {
		err = why
	}
	return c.calls.Fail(ctx, ctxcache.OpWatch, fmt.Errorf("the connection that reports changes has ended: %w", err))
}

// openStreams connects to all servers that have keys. It ends with ctx.
func (c *Cache) openStreams(ctx context.Context) (streams, error) {
	if c.cluster != nil {
		return c.openCluster(ctx)
	}
	ask := ping
	if behindSentinels(c.client) {
		ask = role
	}
	s, err := c.openChanges(ctx, c.client.(singleClient).Options(), ask) // see canWatch
	if err != nil {
		return nil, err
	}
	return streams{s}, nil
}

// watching is the name that the breaker has for connections of Watch. A server that does not answer them may still answer
// calls, and the other way round.
const watching = "watch"

// StoredKey returns the name of key in Redis, as it stands in the events of Watch.
func (c *Cache) StoredKey(key string) any { return c.stored(key) }

// canWatch reports whether Watch works with a client. It asks no server.
func canWatch(client redis.UniversalClient) bool {
	switch client := client.(type) {
	case interface{ Options() *redis.ClusterOptions }:
		// With ClusterSlots, the user says which servers have which keys, and only the user knows when that changes.
		_, lists := client.(clusterClient)
		return lists && client.Options().Protocol != 2 && client.Options().ClusterSlots == nil
	case ringClient: // a shard may join or be left out unnoticed
		return false
	case singleClient:
		return client.Options().Protocol != 2
	}
	return false
}
