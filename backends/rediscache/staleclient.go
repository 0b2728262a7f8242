package rediscache

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// readsOldValues returns an error that wraps ctxcache.ErrOptions if the client may read a value that it has deleted
// before. It asks no server.
func (c *Cache) readsOldValues() error {
	switch client := c.client.(type) {
	case interface{ Options() *redis.ClusterOptions }:
		// go-redis sets ReadOnly for RouteByLatency and RouteRandomly, too.
		if client.Options().ReadOnly {
			return fmt.Errorf("%w: the client reads from replicas, which may have values that were deleted; "+
				"make it without ReadOnly, RouteByLatency, RouteRandomly and ReplicaOnly", ctxcache.ErrOptions)
		}
	case singleClient:
		return cachesItself(client)
	case ringClient:
		for server := range c.ring.up(context.Background()) { // this only lists the servers
			if err := cachesItself(server); err != nil {
				return err
			}
		}
	}
	return nil
}

// cachesItself returns an error if a client has go-redis's client-side cache, which learns of a Delete only after the
// Delete has returned.
func cachesItself(client singleClient) error {
	o := client.Options()
	if o.Protocol == 2 || o.ClientSideCacheConfig == nil && o.ClientSideCache == nil { // it needs protocol 3
		return nil
	}
	return fmt.Errorf("%w: the client has a client-side cache, which may have values that were deleted; "+
		"make it without ClientSideCacheConfig and ClientSideCache, and use layers/twolevel", ctxcache.ErrOptions)
}
