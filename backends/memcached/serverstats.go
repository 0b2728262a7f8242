package memcached

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// ServerStats returns the sum of what the servers count: hits and misses of keys, and evicted items. The servers count
// for all their clients, since they were started. They count the marker of a lease as a hit. Granting, renewing and
// ending a lease take a gets each, which counts, too. Entries is the number of items on WholeServers, including expired
// items that were not removed yet, and otherwise -1.
//
// It sends a stats to all servers at once. If some of them fail, it returns the sum of the others with the error.
func (c *Cache[V]) ServerStats(ctx context.Context) (ctxcache.Stats, error) {
	s := c.store
	stats := ctxcache.Stats{Name: layer}
	if !s.options.WholeServers {
		stats.Entries = -1
	}
	answers, err := s.askAll(ctx, ctxcache.OpStats, statsQuestion("stats"))
	failed := []error{cause(err)}
	for _, lines := range answers {
		counted, err := counters(lines)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		stats.Hits += counted["get_hits"]
		stats.Misses += counted["get_misses"]
		stats.Evictions += counted["evictions"]
		if s.options.WholeServers {
			stats.Entries += int64(counted["curr_items"])
		}
	}
	stats.Reads = stats.Hits + stats.Misses
	return stats, ctxcache.Fail(layer, ctxcache.OpStats, oneLine(failed...))
}

// statsQuestion returns the question for a command whose answer is a list of names and values.
func statsQuestion(command string) question { return question{command, "STAT ", []string{"END"}} }

// counters returns the counters in the answer to stats. Each line of the answer is STAT, a name, and a value.
func counters(lines []string) (map[string]uint64, error) {
	missing := map[string]bool{"get_hits": true, "get_misses": true, "evictions": true, "curr_items": true}
	counted := make(map[string]uint64, len(missing))
	for _, line := range lines {
		name, value, _ := strings.Cut(strings.TrimPrefix(line, "STAT "), " ")
		if !missing[name] {
			continue
		}
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%w: the counter %s is malformed", errReply, name)
		}
		counted[name] = n
		delete(missing, name)
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%w: %d counters are missing", errReply, len(missing))
	}
	return counted, nil
}

// opFlushAll is the operation of FlushAll in errors.
const opFlushAll ctxcache.Operation = "flush_all"

// FlushAll deletes everything on the servers, other clients' items included, and ends every lease. It sends a flush_all
// to all servers at once. It returns [errors.ErrUnsupported] unless Options.WholeServers is set. If a server fails, the
// others are flushed all the same. FlushAll does not implement Clear, because Clear must leave alone what is outside of
// its scope.
func (c *Cache[V]) FlushAll(ctx context.Context) error {
	s := c.store
	if err := s.calls.Usable(ctx); err != nil {
		return ctxcache.Fail(layer, opFlushAll, err)
	}
	if !s.options.WholeServers {
		return errors.ErrUnsupported
	}
	_, err := s.askAll(ctx, opFlushAll, question{command: "flush_all", last: []string{"OK"}})
	s.calls.Counts.Failed(err)
	return err
}

// askAll is ask for all servers at once, as calls of op. It returns the answers that came in time. The error names the
// servers that failed.
func (s *store) askAll(ctx context.Context, op ctxcache.Operation, q question) ([][]string, error) {
	if err := s.calls.Usable(ctx); err != nil {
		return nil, ctxcache.Fail(layer, op, err)
	}
	addrs, err := s.addrs()
	if err != nil {
		return nil, s.calls.Fail(ctx, op, err)
	}
	replies, errs := make([][]string, len(addrs)), make([]error, len(addrs))
	forEach(addrs, func(i int, addr net.Addr) {
		replies[i], errs[i] = calls.Task[[]string]{Op: op, Server: serverName(addr), Run: func(ctx context.Context) ([]string, error) {
			lines, err := s.ask(ctx, addr, q)
			if err != nil {
				return nil, fmt.Errorf("%v: %w", addr, err)
			}
			return lines, nil
		}}.Do(ctx, s.calls)
	})
	var answers [][]string
	for i, err := range errs {
		if err == nil {
			answers = append(answers, replies[i])
		}
		if isDone(err) {
			return answers, err
		}
		errs[i] = cause(err)
	}
	return answers, ctxcache.Fail(layer, op, oneLine(errs...))
}

// oneLine joins errs like errors.Join, but its message is one line.
func oneLine(errs ...error) error {
	var all error
	for _, err := range errs {
		switch {
		case all == nil:
			all = err
		case err != nil:
			all = fmt.Errorf("%w; %w", all, err)
		}
	}
	return all
}
