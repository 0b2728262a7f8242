package hitratio

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
)

// Subset names some of the traces.
type Subset struct {
	Name   string
	Traces []string
}

// Report prints cells.
type Report struct {
	Cells    []*Cell
	Policies []string // the policies to print, which the cells have results of
	Subsets  []Subset // the summary has a column for each
}

// WriteTables writes aligned tables: hit ratios of the whole traces and of their last thirds, the part of the distance
// from lru to opt that is closed, and a summary of each policy. All numbers are percentages, or differences of them.
func (r Report) WriteTables(w io.Writer) error {
	tables := []struct {
		title string
		value func(*Cell, string) float64
	}{
		{"Hit ratio, %", (*Cell).HitRatio},
		{"Hit ratio in the last third of the trace, %", (*Cell).LateHitRatio},
		{"Part of the distance from lru to opt that is closed, %", (*Cell).Closed},
	}
	for _, t := range tables {
		if err := r.writeCells(w, t.title, t.value); err != nil {
			return err
		}
	}
	return r.writeSummary(w)
}

func (r Report) writeCells(w io.Writer, title string, value func(*Cell, string) float64) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\ntrace\tsize\tkeys\t", title)
	for _, policy := range r.Policies {
		fmt.Fprintf(t, "%s\t", policy)
	}
	fmt.Fprintln(t)
	for _, c := range r.Cells {
		fmt.Fprintf(t, "%s\t%v\t%d\t", c.Trace, c.Size, c.Capacity)
		for _, policy := range r.Policies {
			fmt.Fprintf(t, "%s\t", percent(value(c, policy), 2))
		}
		fmt.Fprintln(t)
	}
	fmt.Fprintln(t)
	return t.Flush()
}

// writeSummary writes a line for each policy.
func (r Report) writeSummary(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "Summary, in points of %. Closed: pooled over cells. Worst: the cell that lost most. Regret: against fixed shares.\n")
	fmt.Fprint(t, "policy\tclosed\tlast third\t")
	for _, s := range r.Subsets {
		fmt.Fprintf(t, "%s\t", s.Name)
	}
	fmt.Fprint(t, "vs best classic\tin\tvs lru\tin\tregret mean\tmax\tseeds\t\n")
	for _, policy := range r.Policies {
		s := Summarize(r.Cells, policy)
		// The best of a few classics would make the policy look better than it is.
		if slices.ContainsFunc(r.Cells, func(c *Cell) bool { return !c.has(Classics) }) {
			s.WorstToClassic, s.WorstToClassicCell = math.NaN(), nil
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t", policy, percent(s.Closed, 1), percent(s.LateClosed, 1))
		for _, subset := range r.Subsets {
			fmt.Fprintf(t, "%s\t", percent(Summarize(r.of(subset), policy).Closed, 1))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t", percent(s.WorstToClassic, 2), place(s.WorstToClassicCell), percent(s.WorstToLRU, 2), place(s.WorstToLRUCell))
		fmt.Fprintf(t, "%s\t%s\t%s\t\n", percent(s.RegretMean, 2), percent(s.RegretMax, 2), percent(s.Spread, 2))
	}
	return t.Flush()
}

// of returns the cells of a subset.
func (r Report) of(s Subset) []*Cell {
	var cells []*Cell
	for _, c := range r.Cells {
		if slices.Contains(s.Traces, c.Trace) {
			cells = append(cells, c)
		}
	}
	return cells
}

// percent formats a ratio. NaN is a dash.
func percent(ratio float64, digits int) string {
	if math.IsNaN(ratio) {
		return "-"
	}
	return fmt.Sprintf("%.*f", digits, 100*ratio)
}

func place(c *Cell) string {
	if c == nil {
		return "-"
	}
	return fmt.Sprintf("%s %v", c.Trace, c.Size)
}
