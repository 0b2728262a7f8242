package rediscache

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// The clients whose servers can be listed. Each interface has a method that only this kind of client has.
type (
	clusterClient interface {
		ForEachMaster(ctx context.Context, fn func(ctx context.Context, client *redis.Client) error) error
		MasterForKey(ctx context.Context, key string) (*redis.Client, error)
	}
	singleClient interface{ Options() *redis.Options }
)

// knowsServers reports whether servers works with client. It does not work with every UniversalClient: if an unknown
// client has several servers, we cannot know which of them it sends a SCAN to.
func knowsServers(client redis.UniversalClient) bool {
	switch client.(type) {
	case clusterClient, ringClient, singleClient:
		return true
	}
	return false
}

// servers returns the servers that have a part of the keys. If it cannot return all of them, it returns an error, too.
// For a client that knowsServers does not know, the error is errors.ErrUnsupported.
func (c *Cache) servers(ctx context.Context) (servers []redis.Cmdable, err error) {
	if c.ring != nil {
		return c.ring.servers(ctx)
	}
	switch client := c.client.(type) {
	case clusterClient:
		var mu sync.Mutex // go-redis calls the function concurrently
		err = client.ForEachMaster(ctx, func(_ context.Context, server *redis.Client) error {
			mu.Lock()
			defer mu.Unlock()
			servers = append(servers, server)
			return nil
		})
	case singleClient:
		servers = append(servers, c.client)
	default:
		err = errors.ErrUnsupported
	}
	return servers, err
}

// locator returns the function that finds the server of a stored key by what client knows, without asking a server. It
// returns nil for clients of a single server.
func locator(client redis.UniversalClient) func(ctx context.Context, stored string) *redis.Client {
	switch client := client.(type) {
	case ringClient:
		return func(_ context.Context, stored string) *redis.Client {
			shard, _ := client.GetShardClientForKey(stored) // nil if all are out: the call itself finds that
			return shard
		}
	case clusterClient:
		return func(ctx context.Context, stored string) *redis.Client {
			master, _ := client.MasterForKey(ctx, stored) // nil if the slot has none: the call itself finds that
			return master
		}
	}
	return nil
}

// serverOf returns the name of the server that has a stored key. It returns "" if there is only one, or if it is not known
// yet. The name only decides which calls share the fate of a server that hangs, and what is sent together: the client
// itself sends it, and follows redirects. ServerOf asks no server.
func (c *Cache) serverOf(ctx context.Context, stored string) string {
	if c.locate == nil || c.lacksSlots() {
		return ""
	}
	return c.serverName(c.locate(ctx, stored))
}

// serverName returns the name of a server. It returns "" for nil, and for the only server.
func (c *Cache) serverName(server redis.Cmdable) string {
	if client, ok := server.(*redis.Client); ok && client != nil && c.locate != nil {
		return client.Options().Addr
	}
	return ""
}

// lacksSlots reports whether the client may not know yet which server has which keys, so that it would ask one. Only the
// client of a cluster does so.
func (c *Cache) lacksSlots() bool { return c.cluster != nil && !c.knowsSlots.Load() }

// learnSlots makes the client ask for the slots of the cluster, if it has not. Each call needs them, so its error is that
// of the call.
func (c *Cache) learnSlots(ctx context.Context) error {
	if !c.lacksSlots() {
		return nil
	}
	const anyKey = ""
	if _, err := c.cluster.MasterForKey(ctx, anyKey); err != nil {
		return err
	}
	c.knowsSlots.Store(true)
	return nil
}

// parts returns keys by server, for a call by op, and the context of its tasks. Each part is a pipeline of its own, so that
// a server that hangs, or refuses connections, fails only its own keys. If the slots are not known, the caller first waits
// for them, which counts for the limit of the call.
func (c *Cache) parts(ctx context.Context, op ctxcache.Operation, keys []string) (context.Context, []calls.Part, error) {
	if len(keys) > 0 && c.lacksSlots() {
		ctx = calls.OneWait(ctx)
		_, err := calls.Task[struct{}]{
			Op: op, Keys: len(keys),
			Run: func(ctx context.Context) (struct{}, error) { return struct{}{}, c.learnSlots(ctx) },
		}.Do(ctx, c.calls)
		if err != nil {
			return ctx, nil, err
		}
	}
	return ctx, c.byServer(ctx, keys), nil
}

// byServer returns keys by server. It asks no server.
func (c *Cache) byServer(ctx context.Context, keys []string) []calls.Part {
	if len(keys) == 0 {
		return nil
	}
	if c.locate == nil || c.lacksSlots() {
		return []calls.Part{{Keys: keys}}
	}
	var parts []calls.Part
	index := make(map[string]int)
	for _, key := range keys {
		server := c.serverOf(ctx, c.stored(key))
		i, known := index[server]
		if !known {
			i = len(parts)
			index[server], parts = i, append(parts, calls.Part{Server: server})
		}
		parts[i].Keys = append(parts[i].Keys, key)
	}
	return parts
}
