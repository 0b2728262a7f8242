package ctxcache

import (
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// String returns the tree as an aligned table, a line per cache, children indented. A column without a count is left
// out. The columns of a size curve have estimated hit rates: "at 2x" is for a cache of twice the size. There is no newline
// at the end.
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
		{"refused", func(s Stats) uint64 { return s.Refused }},
		{"shed", func(s Stats) uint64 { return s.Shed }},
		{"open", func(s Stats) uint64 { return uint64(max(s.Open, 0)) }},
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
	sizes := s.curveSizes()
	for _, size := range sizes {
		fmt.Fprintf(table, "at %gx\t", size)
	}
	if failing {
		fmt.Fprint(table, "error rate\t")
	}
	for _, column := range shown {
		fmt.Fprint(table, column.title, "\t")
	}
	missed := s.any(func(s Stats) uint64 { return uint64(max(s.Missed, -s.Missed)) })
	if missed {
		fmt.Fprint(table, "missed\t")
	}
	fmt.Fprint(table, "entries\t\n")
	s.walk(0, func(depth int, s Stats) {
		rate, errorRate := "-", "-"
		if s.reads() > 0 {
			rate = fmt.Sprintf("%.1f%%", 100*s.HitRate())
			errorRate = fmt.Sprintf("%.1f%%", 100*s.ErrorRate())
		}
		fmt.Fprintf(table, "%-*s\t%s\t", width, strings.Repeat("  ", depth)+s.Name, rate)
		for _, size := range sizes {
			fmt.Fprintf(table, "%s\t", s.rateAt(size))
		}
		if failing {
			fmt.Fprintf(table, "%s\t", errorRate)
		}
		for _, column := range shown {
			fmt.Fprintf(table, "%d\t", column.cell(s))
		}
		if missed {
			fmt.Fprintf(table, "%s\t", known(s.Missed))
		}
		fmt.Fprintf(table, "%s\t\n", known(s.Entries))
	})
	_ = table.Flush() // to a strings.Builder, which cannot fail
	// The padding of the first column, too, stands to its left.
	return strings.TrimSpace(strings.ReplaceAll("\n"+out.String(), "\n  ", "\n"))
}

// known returns n as text, or "-" for a number that is not known.
func known(n int64) string {
	if n < 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

// any reports whether some cache in the tree counted something.
func (s Stats) any(cell func(Stats) uint64) bool {
	found := false
	s.walk(0, func(_ int, s Stats) { found = found || cell(s) > 0 })
	return found
}
