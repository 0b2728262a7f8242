package rediscache

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/go-redis/v9"
)

// The clients whose servers can be named one by one, by what they alone have.
type (
	clusterClient interface {
		ForEachMaster(ctx context.Context, fn func(ctx context.Context, client *redis.Client) error) error
	}
	ringClient interface {
		ForEachShard(ctx context.Context, fn func(ctx context.Context, client *redis.Client) error) error
	}
	singleClient interface{ Options() *redis.Options }
)

// knowsServers reports whether eachServer works: not for every implementation of UniversalClient, since what some
// client does with a SCAN, if it has several servers, nobody knows.
func knowsServers(client redis.UniversalClient) bool {
	switch client.(type) {
	case clusterClient, ringClient, singleClient:
		return true
	}
	return false
}

// eachServer calls fn for every server that has a part of the keys, one after the other.
func (c *Cache) eachServer(ctx context.Context, fn func(redis.Cmdable) error) error {
	var mu sync.Mutex // go-redis asks all servers at once
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
