package memory

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Check warns of a cache without a bound, and of invalid options: see [ctxcache.Check].
func (c *Cache[K, V]) Check(context.Context) ([]ctxcache.Warning, error) {
	switch {
	case c.invalid != nil:
		return []ctxcache.Warning{ctxcache.InvalidOptions(c.invalid)}, nil
	case c.unbounded:
		return []ctxcache.Warning{{
			Code: "unbounded",
			Text: "it has no bound and grows with every new key. Set MaxEntries or MaxCost",
		}}, nil
	}
	return nil, nil
}
