package rediscache

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Stats returns the counters of this cache since it was made. It asks no server, so it works during an outage, too.
// Entries is -1. For the counters of the servers, see ServerStats.
func (c *Cache) Stats(ctx context.Context) (ctxcache.Stats, error) {
	if err := c.calls.Usable(ctx); err != nil {
		return ctxcache.Stats{}, ctxcache.Fail(layer, ctxcache.OpStats, err)
	}
	return c.calls.Counts.Stats(layer), nil
}

// ServerStats returns the counters of the servers since they were started: hits and misses, expired and evicted keys. They
// include all clients and all databases. The servers count lookups of keys. A call of this cache may make several
// lookups, but as many for a miss as for a hit. The marker of a lease counts as a hit. Entries is the number of keys in
// a WholeDatabase, and otherwise -1. It returns [errors.ErrUnsupported] if the client does not list its servers.
func (c *Cache) ServerStats(ctx context.Context) (ctxcache.Stats, error) {
	return calls.Call(ctx, c.calls, ctxcache.OpStats, func(ctx context.Context) (ctxcache.Stats, error) {
		stats := ctxcache.Stats{Name: layer, Entries: -1}
		servers, err := c.servers(ctx)
		if err != nil {
			return ctxcache.Stats{}, err
		}
		for _, server := range servers {
			info, err := server.Info(ctx, "stats").Result()
			if err == nil {
				err = addInfo(&stats, info)
			}
			if err != nil {
				return ctxcache.Stats{}, err
			}
		}
		if c.options.WholeDatabase {
			if stats.Entries, err = c.size(ctx); err != nil {
				return ctxcache.Stats{}, err
			}
		}
		stats.Reads = stats.Hits + stats.Misses
		return stats, nil
	})
}

// addInfo adds the counters in the reply to INFO stats, which has lines of the form name:value.
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
