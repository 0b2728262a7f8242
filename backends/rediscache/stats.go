package rediscache

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Stats returns what the servers count: hits and misses, expired and evicted keys, of all their clients and
// databases, since they were started. They count lookups of keys, several for a call here, but as many for a miss as
// for a hit; a lease's marker is a hit to them. Entries is the number of keys in a WholeDatabase, and else -1.
func (c *Cache) Stats(ctx context.Context) (ctxcache.Stats, error) {
	return calls.Call(ctx, c.calls, ctxcache.OpStats, func(ctx context.Context) (ctxcache.Stats, error) {
		stats := ctxcache.Stats{Name: layer, Entries: -1}
		err := c.eachServer(ctx, func(server redis.Cmdable) error {
			info, err := server.Info(ctx, "stats").Result()
			if err != nil {
				return err
			}
			return addInfo(&stats, info)
		})
		if err == nil && c.options.WholeDatabase {
			stats.Entries, err = c.size(ctx)
		}
		if err != nil {
			return ctxcache.Stats{}, err
		}
		stats.Reads = stats.Hits + stats.Misses
		return stats, nil
	}, nil)
}

// addInfo adds the counters in the answer to INFO stats: lines of name:value.
func addInfo(stats *ctxcache.Stats, info string) error {
	counters := map[string]*uint64{
		"keyspace_hits":   &stats.Hits,
		"keyspace_misses": &stats.Misses,
		"expired_keys":    &stats.Expirations,
		"evicted_keys":    &stats.Evictions,
	}
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		counter := counters[name]
		if counter == nil {
			continue
		}
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: INFO has a malformed %s", errReply, name)
		}
		*counter += n
		delete(counters, name)
	}
	if len(counters) > 0 {
		return fmt.Errorf("%w: INFO lacks %d counters", errReply, len(counters))
	}
	return nil
}
