package main_test

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// table has the speeds of some readers, in calls per second, one for each round.
type table struct {
	title   string
	readers []reader
	speeds  map[string][]float64
}

// compare lets the readers take turns: each has one in every round, and each round begins with another reader. The first
// turn of each, in which it connects, does not count.
func compare(title string, readers []reader, rounds int, turn func(r reader) float64) *table {
	t := &table{title, readers, make(map[string][]float64)}
	for _, r := range readers {
		turn(r)
	}
	for round := range rounds {
		for i := range readers {
			r := readers[(round+i)%len(readers)]
			t.speeds[r.name] = append(t.speeds[r.name], turn(r))
		}
	}
	return t
}

// String prints the medians, and the medians of what the rounds say about the speed in parts of others' speeds.
func (t *table) String() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\tcalls/s\tslowest\tfastest\tof %s\tof %s\t\n", t.title, bare, rival)
	for _, r := range t.readers {
		speeds := t.speeds[r.name]
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.0f\t%.2f\t%.2f\t\n", r.name, rounds.Median(speeds), slices.Min(speeds), slices.Max(speeds),
			t.parts(r.name, bare), t.parts(r.name, rival))
	}
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return text.String()
}

// parts returns the speed of a reader in parts of another's. Each round has a ratio of its own, so a load of the machine
// that comes and goes matters less.
func (t *table) parts(name, other string) float64 {
	ratios := make([]float64, len(t.speeds[name]))
	for i, speed := range t.speeds[name] {
		ratios[i] = speed / t.speeds[other][i]
	}
	return rounds.Median(ratios)
}
