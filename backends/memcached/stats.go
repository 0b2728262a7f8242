package memcached

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Stats returns the sum of what the servers count: hits and misses of keys, and evicted items. The servers count for
// all their clients, since they were started. They count the marker of a lease as a hit. Granting, renewing and ending
// a lease take a gets each, which counts, too. Entries is the number of items on WholeServers, including expired items
// that were not removed yet, and otherwise -1. If one server fails, Stats fails.
func (c *Cache[V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	s := c.store
	return calls.Call(ctx, s.calls, ctxcache.OpStats, func(ctx context.Context) (ctxcache.Stats, error) {
		addrs, err := s.addrs()
		if err != nil {
			return ctxcache.Stats{}, err
		}
		stats := ctxcache.Stats{Name: layer}
		if !s.options.WholeServers {
			stats.Entries = -1
		}
		for _, addr := range addrs {
			lines, err := s.ask(ctx, addr, "stats", "END")
			if err != nil {
				return ctxcache.Stats{}, err
			}
			if err := s.addStats(&stats, lines); err != nil {
				return ctxcache.Stats{}, err
			}
		}
		stats.Reads = stats.Hits + stats.Misses
		return stats, nil
	}, nil)
}

// addStats adds the counters in the answer to stats. Each line of the answer is STAT, a name, and a value.
func (s *store) addStats(stats *ctxcache.Stats, lines []string) error {
	var entries uint64
	counters := map[string]*uint64{
		"get_hits":   &stats.Hits,
		"get_misses": &stats.Misses,
		"evictions":  &stats.Evictions,
		"curr_items": &entries,
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(strings.TrimPrefix(line, "STAT "), " ")
		counter := counters[name]
		if counter == nil {
			continue
		}
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return fmt.Errorf("%w: the counter %s is malformed", errReply, name)
		}
		*counter += n
		delete(counters, name)
	}
	if len(counters) > 0 {
		return fmt.Errorf("%w: %d counters are missing", errReply, len(counters))
	}
	if s.options.WholeServers {
		stats.Entries += int64(entries)
	}
	return nil
}

// opFlushAll is the operation of FlushAll in errors.
const opFlushAll ctxcache.Operation = "flush_all"

// FlushAll deletes everything on the servers, other clients' items included, and ends every lease. It sends a flush_all
// to each server. It returns [errors.ErrUnsupported] unless Options.WholeServers is set. If a server fails, the others
// are flushed all the same. FlushAll does not implement Clear, because Clear must leave alone what is outside of its
// scope.
func (c *Cache[V]) FlushAll(ctx context.Context) error {
	s := c.store
	return calls.Do(ctx, s.calls, opFlushAll, func(ctx context.Context) error {
		if !s.options.WholeServers {
			return errors.ErrUnsupported
		}
		addrs, err := s.addrs()
		failed := []error{err}
		for _, addr := range addrs {
			_, err := s.ask(ctx, addr, "flush_all", "OK")
			failed = append(failed, err)
		}
		return errors.Join(failed...)
	})
}
