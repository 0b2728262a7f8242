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
