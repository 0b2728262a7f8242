package ctxcache

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// StatsCache is a cache that counts what happens to it.
type StatsCache interface {
	// Stats returns the counters of the cache, with the counters of the caches under it as children. If some of those
	// caches fail, Stats returns the counters that it could get, together with the error.
	Stats(ctx context.Context) (Stats, error)
}

// Stats are the counters of a cache since it was built. The counters of the caches under it are children: a two-level cache
// has two. A counter that a cache does not have stays zero.
type Stats struct {
	Name        string // of the cache: "memory", "redis", or a name that its user has chosen
	Tests       uint64 // Contains
	Reads       uint64 // keys read; GetMany counts each key. GetLease is not counted, because a read comes before it
	Hits        uint64 // reads answered by a value
	Negatives   uint64 // reads answered by a negative entry: hits, but counted apart
	Misses      uint64 // reads that found nothing
	Writes      uint64 // values stored, by Set or Fill
	Deletes     uint64 // keys deleted
	Errors      uint64 // calls that failed, and keys in calls for many; not misses, ErrLeaseLost and cancelled calls
	Evictions   uint64 // entries removed to make room
	Expirations uint64 // entries removed because their time had come
	Loads       uint64 // loads from the source
	LoadErrors  uint64 // loads that failed
	Stale       uint64 // calls answered by a stale value
	Joined      uint64 // reads that waited for a load that another caller had begun
	Overdue     int64  // loads that run now although their time is over
	FillsLost   uint64 // Fills that stored nothing, because the lease was lost
	Corrupt     uint64 // reads that found something that cannot be understood; they count as Errors, too
	OtherShape  uint64 // reads that found only values of another type, such as another release's; they are misses
	Timeouts    uint64 // calls that the servers did not answer in time
	Late        uint64 // answers that came after that time
	Unstored    Unstored
	Entries     int64 // values there now; -1 if it is not known

	Children []Stats
}

// Unstored counts the loads whose results were not stored, by reason.
type Unstored struct {
	Invalidated uint64 // the key was set, deleted or cleared during the load, or the lease ran out
	Held        uint64 // another holder had the lease, and stores its own result
	Unavailable uint64 // the cache failed before the load, or granted no leases
	Failed      uint64 // the cache failed to store the result
	Declined    uint64 // the loader asked for it
	Ended       uint64 // the load's context had ended, so the result may be incomplete
}

// Total returns the sum of all reasons.
func (u Unstored) Total() uint64 {
	return u.Invalidated + u.Held + u.Unavailable + u.Failed + u.Declined + u.Ended
}

func (u *Unstored) add(more Unstored) {
	u.Invalidated += more.Invalidated
	u.Held += more.Held
	u.Unavailable += more.Unavailable
	u.Failed += more.Failed
	u.Declined += more.Declined
	u.Ended += more.Ended
}

// HitRate returns how many of the reads were answered by the cache, as a fraction from 0 to 1. A read that finds a negative
// entry counts as answered, and a read that failed does not. The rate is 0 before the first read.
func (s Stats) HitRate() float64 { return fraction(s.Hits+s.Negatives, s.reads()) }

// ErrorRate returns how many of the reads failed, as a fraction from 0 to 1. The rate is 0 before the first read.
func (s Stats) ErrorRate() float64 { return fraction(s.reads()-s.answered(), s.reads()) }

// reads returns the number of reads, also for a cache that counts only their answers.
func (s Stats) reads() uint64 { return max(s.Reads, s.answered()) }

func (s Stats) answered() uint64 { return s.Hits + s.Negatives + s.Misses }

func fraction(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// String returns the tree as an aligned table, a line per cache, children indented. A column without a count is left
// out. There is no newline at the end.
func (s Stats) String() string {
	columns := []struct {
		title string
		cell  func(Stats) uint64
	}{
		{"tests", func(s Stats) uint64 { return s.Tests }},
		{"reads", func(s Stats) uint64 { return s.Reads }},
		{"hits", func(s Stats) uint64 { return s.Hits }},
		{"negatives", func(s Stats) uint64 { return s.Negatives }},
		{"misses", func(s Stats) uint64 { return s.Misses }},
		{"joined", func(s Stats) uint64 { return s.Joined }},
		{"loads", func(s Stats) uint64 { return s.Loads }},
		{"load errors", func(s Stats) uint64 { return s.LoadErrors }},
		{"stale", func(s Stats) uint64 { return s.Stale }},
		{"overdue", func(s Stats) uint64 { return uint64(max(s.Overdue, 0)) }},
		{"writes", func(s Stats) uint64 { return s.Writes }},
		{"deletes", func(s Stats) uint64 { return s.Deletes }},
		{"errors", func(s Stats) uint64 { return s.Errors }},
		{"corrupt", func(s Stats) uint64 { return s.Corrupt }},
		{"other shape", func(s Stats) uint64 { return s.OtherShape }},
		{"timeouts", func(s Stats) uint64 { return s.Timeouts }},
		{"late", func(s Stats) uint64 { return s.Late }},
		{"fills lost", func(s Stats) uint64 { return s.FillsLost }},
		{"invalidated", func(s Stats) uint64 { return s.Unstored.Invalidated }},
		{"held", func(s Stats) uint64 { return s.Unstored.Held }},
		{"unavailable", func(s Stats) uint64 { return s.Unstored.Unavailable }},
		{"store failed", func(s Stats) uint64 { return s.Unstored.Failed }},
		{"declined", func(s Stats) uint64 { return s.Unstored.Declined }},
		{"ended", func(s Stats) uint64 { return s.Unstored.Ended }},
		{"evictions", func(s Stats) uint64 { return s.Evictions }},
		{"expirations", func(s Stats) uint64 { return s.Expirations }},
	}
	shown := columns[:0]
	for _, column := range columns {
		if s.any(column.cell) {
			shown = append(shown, column)
		}
	}
	width := len("cache")
	s.walk(0, func(depth int, s Stats) { width = max(width, 2*depth+utf8.RuneCountInString(s.Name)) })

	var out strings.Builder
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	failing := s.any(func(s Stats) uint64 { return s.reads() - s.answered() })
	fmt.Fprintf(table, "%-*s\thit rate\t", width, "cache")
	if failing {
		fmt.Fprint(table, "error rate\t")
	}
	for _, column := range shown {
		fmt.Fprint(table, column.title, "\t")
	}
	fmt.Fprint(table, "entries\t\n")
	s.walk(0, func(depth int, s Stats) {
		rate, errorRate := "-", "-"
		if s.reads() > 0 {
			rate = fmt.Sprintf("%.1f%%", 100*s.HitRate())
			errorRate = fmt.Sprintf("%.1f%%", 100*s.ErrorRate())
		}
		fmt.Fprintf(table, "%-*s\t%s\t", width, strings.Repeat("  ", depth)+s.Name, rate)
		if failing {
			fmt.Fprintf(table, "%s\t", errorRate)
		}
		for _, column := range shown {
			fmt.Fprintf(table, "%d\t", column.cell(s))
		}
		entries := "-"
		if s.Entries >= 0 {
			entries = strconv.FormatInt(s.Entries, 10)
		}
		fmt.Fprintf(table, "%s\t\n", entries)
	})
	_ = table.Flush() // to a strings.Builder, which cannot fail
	// The padding of the first column, too, stands to its left.
	return strings.TrimSpace(strings.ReplaceAll("\n"+out.String(), "\n  ", "\n"))
}

// any reports whether some cache in the tree counted something.
func (s Stats) any(cell func(Stats) uint64) bool {
	found := false
	s.walk(0, func(_ int, s Stats) { found = found || cell(s) > 0 })
	return found
}

// Add adds the counters of more to s, tree to tree, name left alone: both are of caches that were built alike. Entries
// is then -1 if it is in either.
func (s *Stats) Add(more Stats) {
	s.Tests += more.Tests
	s.Reads += more.Reads
	s.Hits += more.Hits
	s.Negatives += more.Negatives
	s.Misses += more.Misses
	s.Writes += more.Writes
	s.Deletes += more.Deletes
	s.Errors += more.Errors
	s.Evictions += more.Evictions
	s.Expirations += more.Expirations
	s.Loads += more.Loads
	s.LoadErrors += more.LoadErrors
	s.Stale += more.Stale
	s.Joined += more.Joined
	s.Overdue += more.Overdue
	s.FillsLost += more.FillsLost
	s.Corrupt += more.Corrupt
	s.OtherShape += more.OtherShape
	s.Timeouts += more.Timeouts
	s.Late += more.Late
	s.Unstored.add(more.Unstored)
	if s.Entries < 0 || more.Entries < 0 {
		s.Entries = -1
	} else {
		s.Entries += more.Entries
	}
	for i, child := range more.Children {
		if i < len(s.Children) {
			s.Children[i].Add(child)
		} else {
			s.Children = append(s.Children, child)
		}
	}
}

// walk visits the tree, parents first.
func (s Stats) walk(depth int, visit func(depth int, s Stats)) {
	visit(depth, s)
	for _, child := range s.Children {
		child.walk(depth+1, visit)
	}
}

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

// countsNothing reports whether err, which Stats has returned, says that there are no counters. A method that calls
// GetStats or StatsOf may return their error instead of the bare one.
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
