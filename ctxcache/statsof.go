package ctxcache

import (
	"context"
	"errors"
	"reflect"
)

// GetStats returns the counters of c, with the counters of the caches under it as children. It returns
// an [errors.ErrUnsupported] for a cache that is not a [StatsCache].
func GetStats[K comparable, V any](ctx context.Context, c Cache[K, V]) (Stats, error) {
	stats, err := getStats(ctx, as[StatsCache](c, CapStats))
	return stats, named(err, c, OpStats, CapStats)
}

func getStats(ctx context.Context, able StatsCache) (Stats, error) {
	if able == nil {
		return Stats{}, errors.ErrUnsupported
	}
	return able.Stats(ctx)
}

// StatsUnder returns own, the counters of node alone, with the counters of the nodes it stands on as children. A child that
// counts nothing is left out. An error of a child is returned with the rest. If own.Entries is -1, the last child's Entries
// is used.
func StatsUnder(ctx context.Context, own Stats, node Node) (Stats, error) {
	var failed []error
	inherits := own.Entries < 0
	for _, child := range node.Describe().Children {
		stats, err := statsOf(ctx, child)
		switch {
		case err == nil:
			own.Children = append(own.Children, stats)
		case countsNothing(err):
			stats.Entries = -1
		default:
			if !reflect.DeepEqual(stats, Stats{}) { // it has reported what it can
				own.Children = append(own.Children, stats)
			}
			stats.Entries = -1
			failed = append(failed, err)
		}
		if inherits {
			own.Entries = stats.Entries
		}
	}
	if len(failed) == 1 {
		return own, failed[0]
	}
	return own, errors.Join(failed...)
}

// countsNothing reports whether err, an error of Stats, means that there are no counters. A method that calls GetStats or
// StatsOf may return their error instead of the bare one.
func countsNothing(err error) bool {
	failure, ok := err.(*Error) // and not errors.As: an ErrUnsupported that is joined with a failure is a failure
	return err == errors.ErrUnsupported || ok && errors.Is(failure.Err, errors.ErrUnsupported)
}

// StatsOf returns the counters of node, with the counters of the nodes that it stands on as children. It returns
// an [errors.ErrUnsupported] if node counts nothing.
func StatsOf(ctx context.Context, node Node) (Stats, error) {
	stats, err := statsOf(ctx, node)
	return stats, namedNode(err, node, OpStats, CapStats)
}

func statsOf(ctx context.Context, node Node) (Stats, error) {
	if s, ok := nodeAs[SupportsCache](node); ok && !s.Supports().Has(CapStats) {
		return Stats{}, errors.ErrUnsupported
	}
	if s, ok := nodeAs[StatsCache](node); ok {
		return s.Stats(ctx)
	}
	return Stats{}, errors.ErrUnsupported
}
