package ctxcache

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// StatsReporter is a cache that counts what happens to it.
type StatsReporter interface {
	Stats(ctx context.Context) (Stats, error)
}

// Stats are the counters of a cache since it was built, and those of the caches under it: a two-level cache has
// two children. What a cache does not count stays zero.
type Stats struct {
	Name        string // what counts: "memory", "redis", or what the user called it
	Tests       uint64 // Contains
	Reads       uint64 // values asked for, each key of a GetMany counted; not by GetLease, which a read comes before
	Hits        uint64 // reads answered by a value
	Negatives   uint64 // reads answered by a negative entry: hits, but counted apart
	Misses      uint64 // reads that found nothing
	Writes      uint64 // values stored, by Set or Fill
	Deletes     uint64 // keys deleted
	Errors      uint64 // calls, or keys of one, that failed; neither misses nor ErrLeaseLost
	Evictions   uint64 // entries removed to make room
	Expirations uint64 // entries removed because their time had come
	Loads       uint64 // loads from the source
	Joined      uint64 // reads that waited for a load which another had begun
	Entries     int64  // values there now; -1 if it is not known

	Children []Stats
}

// HitRate returns the part of reads that the cache could answer, from 0 to 1; a negative answer is one. It is 0
// before the first read.
func (s Stats) HitRate() float64 {
	answered := s.Hits + s.Negatives
	if answered+s.Misses == 0 {
		return 0
	}
	return float64(answered) / float64(answered+s.Misses)
}

// String prints the tree as an aligned table, a line per cache, children indented. Columns in which nothing was
// counted are left out. It ends without a newline.
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
		{"writes", func(s Stats) uint64 { return s.Writes }},
		{"deletes", func(s Stats) uint64 { return s.Deletes }},
		{"errors", func(s Stats) uint64 { return s.Errors }},
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
	fmt.Fprintf(table, "%-*s\thit rate\t", width, "cache")
	for _, column := range shown {
		fmt.Fprint(table, column.title, "\t")
	}
	fmt.Fprint(table, "entries\t\n")
	s.walk(0, func(depth int, s Stats) {
		rate := "-"
		if s.Hits+s.Negatives+s.Misses > 0 {
			rate = fmt.Sprintf("%.1f%%", 100*s.HitRate())
		}
		fmt.Fprintf(table, "%-*s\t%s\t", width, strings.Repeat("  ", depth)+s.Name, rate)
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

// walk visits the tree, parents first.
func (s Stats) walk(depth int, visit func(depth int, s Stats)) {
	visit(depth, s)
	for _, child := range s.Children {
		child.walk(depth+1, visit)
	}
}

// GetStats returns the counters of c. It is [errors.ErrUnsupported] for a cache that is no [StatsReporter].
func GetStats[K comparable, V any](ctx context.Context, c Cache[K, V]) (Stats, error) {
	if s, ok := c.(StatsReporter); ok && Supports(c).Has(OpStats) {
		return s.Stats(ctx)
	}
	return Stats{}, errors.ErrUnsupported
}
