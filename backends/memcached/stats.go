package memcached

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// Stats returns what the servers count, all together: hits and misses of keys, by gets, and evicted items, of
// all their clients, since they were started. A lease's marker is a hit to them, and a lease takes a gets more
// than its Fill. Entries is the number of items on WholeServers, those included that have expired and were not
// removed yet, and else -1. One server that fails is the failure of all.
func (c *Cache[V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	s := c.store
	return call(ctx, s, "stats", func(ctx context.Context) (ctxcache.Stats, error) {
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

// addStats adds the counters in the answer to stats: lines of STAT, a name, and a value.
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
			return fmt.Errorf("%w: stats has a malformed %s", errReply, name)
		}
		*counter += n
		delete(counters, name)
	}
	if len(counters) > 0 {
		return fmt.Errorf("%w: stats lacks %d counters", errReply, len(counters))
	}
	if s.options.WholeServers {
		stats.Entries += int64(entries)
	}
	return nil
}

// FlushAll deletes everything that the servers have, whoever stored it, and kills every lease: a flush_all on
// each. It is [errors.ErrUnsupported] unless the options say WholeServers. A server that fails does not keep
// the others from being flushed. It is no Clear, for that would have to spare what is out of its scope.
func (c *Cache[V]) FlushAll(ctx context.Context) error {
	s := c.store
	return do(ctx, s, "flush", func(ctx context.Context) error {
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
