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
	ringClient interface {
		ForEachShard(ctx context.Context, fn func(ctx context.Context, client *redis.Client) error) error
	}
	singleClient interface{ Options() *redis.Options }
)

// knowsServers reports whether eachServer works with client. It does not work with every UniversalClient: if an unknown
// client has several servers, we cannot know which of them it sends a SCAN to.
func knowsServers(client redis.UniversalClient) bool {
	switch client.(type) {
	case clusterClient, ringClient, singleClient:
		return true
	}
	return false
}

// eachServer calls fn for every server that has a part of the keys, one after the other. It returns
// errors.ErrUnsupported for a client that knowsServers does not know.
func (c *Cache) eachServer(ctx context.Context, fn func(redis.Cmdable) error) error {
	var mu sync.Mutex // go-redis calls oneByOne concurrently
	oneByOne := func(_ context.Context, server *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		return fn(server)
	}
	switch client := c.client.(type) {
	case clusterClient:
		return client.ForEachMaster(ctx, oneByOne)
	case ringClient:
		return client.ForEachShard(ctx, oneByOne)
	case singleClient:
		return fn(c.client)
	}
	return errors.ErrUnsupported
}
