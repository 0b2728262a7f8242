package rediscache

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/go-redis/v9"
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

// byServer returns keys in groups, one for each server. The groups only decide what is sent together: the client itself
// sends it, and follows redirects. Each group is a pipeline of its own, so that a server that hangs, or refuses
// connections, fails only its own keys. ByServer asks no server.
func (c *Cache) byServer(ctx context.Context, keys []string) [][]string {
	if len(keys) == 0 {
		return nil
	}
	var server func(stored string) *redis.Client
	switch client := c.client.(type) {
	case ringClient:
		server = func(stored string) *redis.Client {
			shard, _ := client.GetShardClientForKey(stored) // nil if all are out: the call itself finds that
			return shard
		}
	case clusterClient:
		if !c.knowsSlots.Load() { // the client would ask a server first
			return [][]string{keys}
		}
		server = func(stored string) *redis.Client {
			master, _ := client.MasterForKey(ctx, stored) // nil if the slot has none: the call itself finds that
			return master
		}
	default:
		return [][]string{keys}
	}
	var groups [][]string
	index := make(map[*redis.Client]int)
	for _, key := range keys {
		s := server(c.stored(key))
		i, known := index[s]
		if !known {
			i = len(groups)
			index[s], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], key)
	}
	return groups
}
