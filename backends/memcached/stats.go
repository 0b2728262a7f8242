package memcached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Stats returns what this cache has counted since New. It does not ask the servers: see [Cache.ServerStats]. Entries is
// always -1.
func (c *Cache[V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	s := c.store
	if err := s.calls.Usable(ctx); err != nil {
		return ctxcache.Stats{}, ctxcache.Fail(layer, ctxcache.OpStats, err)
	}
	return s.calls.Counts.Stats(layer), nil
}
