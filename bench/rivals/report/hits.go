package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/hits"
)

// hits writes the hit ratios of recorded traces, and those of generated ones.
func (m *markdown) hits(r *Results) {
	if len(r.Hits) == 0 {
		return
	}
	m.para("## Hit ratios")
	m.para("Traces are replayed on the caches: get, and on a miss set. Every write takes effect before the next access. \"Closed\" is the part of "+
		"the distance from an exact LRU (%s) to the best policy that there can be (Belady's, with bypass) that is closed, with the distances of "+
		"all cells added up. A cell is a trace at a size of the cache: 0.1 %% of the distinct keys where that is at least 100, 1, 5, 10 and "+
		"20 %%. The best rival of each cell is the best of all that are neither `%s` nor an exact LRU, which nobody can choose beforehand. "+
		"Differences are points of hit ratio. A crowd is %d goroutines that share the trace.", hits.Reference, contender.Ours, hits.Crowd)
	m.para("`%s` is the cache itself, the mean of %d caches with their own seeds of the hash. Regret is what it would have won with the best "+
		"fixed share of its small queue in each cell, of %s %%. A model of the policy has these fixed shares: a test checks that the cache "+
		"and the model evict the same keys. \"Simulated\" rivals are models, too. S3-FIFO's promotes a key after one hit in its small "+
		"queue, and not after two as in the paper: on most traces, that is better.", contender.Ours, hits.Seeds, list(hits.Shares))
	recorded := hits.Only(r.Hits, func(c *hits.Cell) bool { return !c.Generated })
	if len(recorded) > 0 {
		m.para("### Recorded traces")
		m.ratios(r, recorded, groups(r, recorded))
	}
	if generated := hits.Only(r.Hits, func(c *hits.Cell) bool { return c.Generated }); len(generated) > 0 {
		m.para("### Generated traces")
		m.para("They are made to be hard: scans, loops, phases, keys that come once or twice. A loop has a size of %d %%, too, where it just does "+
			"not fit.", hits.JustTooSmall)
		m.ratios(r, generated, nil)
	}
}

// group is some of the cells, with a column of its own.
type group struct {
	name  string
	cells []hits.Cell
}

// groups returns the cells of web services and applications, and both halves of the traces if some were chosen.
func groups(r *Results, cells []hits.Cell) []group {
	all := []group{{"closed, web and apps, %", hits.Only(cells, func(c *hits.Cell) bool { return hits.Web[c.Trace] })}}
	if len(r.Chosen) > 0 {
		chosen := func(c *hits.Cell) bool { return slices.Contains(r.Chosen, c.Trace) }
		all = append(all,
			group{"closed, chosen on, %", hits.Only(cells, chosen)},
			group{"closed, not chosen on, %", hits.Only(cells, func(c *hits.Cell) bool { return !chosen(c) })})
	}
	return all
}

// ratios writes all tables of cells.
func (m *markdown) ratios(r *Results, cells []hits.Cell, groups []group) {
	if len(r.Chosen) > 0 && len(groups) > 0 {
		m.para("The parameters were chosen on the traces %s, and not on the others.", strings.Join(r.Chosen, ", "))
	}
	m.closed(r, cells, groups)
	m.requirements(cells)
	m.worst(cells)
	m.cells(r, cells)
}

// closed writes a line for each contender.
func (m *markdown) closed(r *Results, cells []hits.Cell, groups []group) {
	head := []string{"", fmt.Sprintf("closed, all %d cells, %%", len(cells))}
	for _, g := range groups {
		head = append(head, g.name)
	}
	head = append(
		head, "closed, last third, %", "mean hit ratio, %", "last third, %", "worst cell, from LRU", "worst cell, from the best other rival",
		"mean of a crowd", "worst cell of a crowd",
	)
	var lines [][]string
	for _, name := range append(slices.Clone(r.HitsOf), hits.Hindsight) {
		whole, mean := hits.Closed(cells, name), hits.Mean(cells, name)
		line := []string{name, points(whole.Whole)}
		for _, g := range groups {
			line = append(line, points(hits.Closed(g.cells, name).Whole))
		}
		line = append(line, points(whole.Late), points(mean.Whole), points(mean.Late), difference(hits.ToLRU(cells, name)))
		if name == hits.Hindsight {
			line = append(line, "-", "-", "-")
		} else {
			crowd := hits.ToOne(cells, name)
			line = append(line, difference(hits.ToRival(cells, name)), points(hits.Average(crowd)), difference(crowd))
		}
		lines = append(lines, line)
	}
	m.table(head, lines)
}

// requirements writes which requirements are met.
func (m *markdown) requirements(cells []hits.Cell) {
	all := hits.Requirements(cells)
	if len(all) == 0 {
		return
	}
	var lines [][]string
	for _, r := range all {
		line := []string{r.Text, points(r.Limit), points(r.Value), "yes", fmt.Sprint(len(r.Fails))}
		if !r.Met() {
			line[3] = "NO"
		}
		lines = append(lines, line)
	}
	m.table([]string{"requirement, points", "limit", "measured", "met", "cells that fail"}, lines)
}

// listed is how many of the worst cells are listed.
const listed = 5

// worst lists the worst cells of this library's cache.
func (m *markdown) worst(cells []hits.Cell) {
	for _, kind := range []struct {
		title string
		all   []hits.Difference
		with  func(hits.Difference) string
	}{
		{"from LRU, points", hits.ToLRU(cells, contender.Ours), func(hits.Difference) string { return "an exact LRU" }},
		{"from the best rival, points", hits.ToRival(cells, contender.Ours), func(d hits.Difference) string { return d.With }},
		{"regret, points", hits.Regrets(cells), func(d hits.Difference) string {
			share, _ := d.Cell.BestShare()
			return fmt.Sprintf("small at %g %%", share)
		}},
		{"between the seeds, points", hits.Spreads(cells), func(hits.Difference) string { return "the cache itself" }},
	} {
		if len(kind.all) == 0 || len(cells[0].Seeds) == 0 {
			continue
		}
		var lines [][]string
		for _, d := range kind.all[:min(listed, len(kind.all))] {
			ours := d.Cell.Alone[contender.Ours].Whole
			lines = append(lines, []string{d.Cell.Name(), fmt.Sprintf("%+.2f", d.Points), points(ours), kind.with(d)})
		}
		m.table([]string{fmt.Sprintf("the %d worst cells", len(lines)), kind.title, "hit ratio, %", "compared with"}, lines)
	}
}

// cells writes a line for each cell.
func (m *markdown) cells(r *Results, cells []hits.Cell) {
	head := append([]string{"hit ratio, %", "entries", "best policy"}, r.HitsOf...)
	ours := len(cells[0].Seeds) > 0
	if ours {
		head = append(head, "spread of the seeds", "best fixed share", "regret", "last third", "LRU, last third")
	}
	var lines [][]string
	below := 0
	for i := range cells {
		c := &cells[i]
		line := []string{c.Name(), fmt.Sprint(c.Capacity), points(c.Best.Whole)}
		for _, name := range r.HitsOf {
			line = append(line, points(c.Alone[name].Whole))
		}
		lru := c.Alone[hits.Reference]
		if ours {
			share, ratio := c.BestShare()
			line = append(line, points(c.Spread()), fmt.Sprintf("%.2f (%g %%)", ratio, share), points(c.Regret()),
				points(c.Alone[contender.Ours].Late), points(lru.Late))
			if c.Alone[contender.Ours].Whole < lru.Whole {
				below++
			}
		}
		lines = append(lines, line)
	}
	m.table(head, lines)
	if ours {
		m.para("`%s` is below LRU in %d of %d cells.", contender.Ours, below, len(cells))
	}
}

func points(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "-"
	}
	return fmt.Sprintf("%.2f", x)
}

// difference formats the worst difference.
func difference(sorted []hits.Difference) string {
	if len(sorted) == 0 || math.IsInf(sorted[0].Points, 0) {
		return "-"
	}
	return fmt.Sprintf("%+.2f (%s)", sorted[0].Points, sorted[0].Cell.Name())
}

func list(numbers []float64) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = fmt.Sprint(n)
	}
	return strings.Join(words, ", ")
}
