package twolevel

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// tried calls far, which writes or deletes key in far, and lists the key if far has missed that. The numbers are those of
// missed.go. It returns far's error, and the outage that Resilient handles. MayLand says that the write leaves a value if
// it takes effect later.
func (c *Cache[K, V]) tried(ctx context.Context, key K, mayLand bool, far func() error) (during outage, err error) {
	if c.missed == nil {
		return outage{}, far()
	}
	seen := c.missed.look(key)
	err = unlessItPanics(far, func() { c.list(mayLand, key) })
	during = c.heard(ctx, writes, key, err)
	switch {
	case err == nil:
		c.missed.strike(key, seen)
	case during != outage{} || mayLand && c.missed.late > 0 && isUnknown(err):
		c.list(mayLand, key) // (1)
	}
	return during, err
}

// triedMany is tried for many keys.
func (c *Cache[K, V]) triedMany(
	ctx context.Context, keys []K, mayLand bool, far func() error,
) (during outages, err error) {
	if c.missed == nil {
		return nil, far()
	}
	seen := c.sightings(keys)
	err = unlessItPanics(far, func() { c.list(mayLand, keys...) })
	during = c.heardMany(ctx, writes, keys, err)
	if err == nil && len(seen) == 0 {
		return during, nil
	}
	lost := c.missedBy(ctx, err)
	var list []K
	for _, key := range keys {
		switch failed := ctxcache.KeyError(err, key); {
		case failed == nil:
			c.missed.strike(key, seen[key])
		case ctxcache.KeyError(lost, key) != nil || mayLand && c.missed.late > 0 && isUnknown(failed):
			list = append(list, key)
		}
	}
	if len(list) > 0 {
		c.list(mayLand, list...)
	}
	return during, err
}

// sightings returns what the list has of those keys that are listed.
func (c *Cache[K, V]) sightings(keys []K) map[K]sighting {
	if c.missed == nil || !c.missed.some.Load() {
		return nil
	}
	seen := make(map[K]sighting)
	for _, key := range keys {
		if s := c.missed.look(key); s.listed() {
			seen[key] = s
		}
	}
	return seen
}

// list lists keys that far has missed a change of, and starts the replay.
func (c *Cache[K, V]) list(mayLand bool, keys ...K) {
	if c.missed == nil {
		return
	}
	c.missed.add(mayLand, keys...)
	c.replayer.start()
}

// missedSince reports whether far has missed a write since p was granted that may have been of p's key. Far's lease stands
// then, because far does not know of it: see (7).
func (c *Cache[K, V]) missedSince(p pair[K]) bool { return c.missed.count(p.key) != p.failures }
