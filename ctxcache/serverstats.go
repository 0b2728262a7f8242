package ctxcache

import (
	"context"
	"errors"
)

// ServerCounter is a cache whose servers have counters of their own.
type ServerCounter interface {
	// ServerStats returns the counters of the servers since they were started. It asks them, so it takes time, and fails
	// while they do not answer. It may be called concurrently.
	ServerStats(ctx context.Context) (Stats, error)
}

// ServerStats asks each [ServerCounter] in the stacks, once, for the counters of its servers. They include what other
// programs do there. Two caches in the same server return the same counters, so ask one of them. The error says which
// caches had no answer; the counters of all others come with it. Stacks without servers have no counters and no error.
//
// For the counters of a cache itself, which no server is asked for, see [GetStats].
func ServerStats(ctx context.Context, nodes ...Node) ([]Stats, error) {
	var all []Stats
	var failed []error
	for _, node := range outermostFirst(nodes) {
		counter, ok := nodeAs[ServerCounter](node)
		if !ok {
			continue
		}
		stats, err := counter.ServerStats(ctx)
		if err == errors.ErrUnsupported { // the cache does not know its servers; bare, this would not say which cache
			err = &Error{Op: OpStats, Layer: layerOf(node), Err: err}
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		all = append(all, stats)
	}
	return all, errors.Join(failed...)
}
