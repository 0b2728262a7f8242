package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/growth"
	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// Growth are the results of package growth. Parts that were left out are empty.
type Growth struct {
	Machine Machine
	Procs   int    // GOMAXPROCS
	Command string // that makes them again
	growth.Options

	BySize, ByGoroutines, ByValue []growth.Curve
	Pauses                        []growth.Pauses
}

// section is a part of the results that has a plot.
type section struct {
	name, title, about, axis string
	curves                   []growth.Curve
}

func (g *Growth) sections() []section {
	all := []section{
		{"sizes", "Entries", "Full caches of each size, and one goroutine.", "entries", g.BySize},
		{
			"goroutines", "Goroutines",
			fmt.Sprintf("A full cache of %d entries. The goroutines of a row share the operations of a turn, so its time is for an operation "+
				"of all of them together.", g.Entries), "goroutines", g.ByGoroutines,
		},
		{
			"values", "Bytes of values",
			fmt.Sprintf("Full caches of %d entries with values of each size, and one goroutine. The cache keeps the slices that it is given, and "+
				"entries share a few of them. With MaxBytes, the bound is the estimated bytes of so many entries.", g.Entries),
			"bytes of a value", g.ByValue,
		},
	}
	var measured []section
	for _, s := range all {
		if len(s.curves) > 0 {
			measured = append(measured, s)
		}
	}
	return measured
}

// WriteGrowth writes the results as Markdown. It refers to the plots of [GrowthPlots] if withPlots is set.
func WriteGrowth(w io.Writer, g *Growth, withPlots bool) error {
	m := &markdown{}
	m.para("# As work grows")
	m.para("A program wrote this file: `%s` in bench/rivals, which `make growth` runs. "+
		"The machine: %s, %d processors, %s, %s. GOMAXPROCS was %d.", g.Command, g.Machine.CPU, g.Machine.Cores,
		g.Machine.OS, g.Machine.Go, g.Procs)
	m.para("`backends/memory` with the adaptive policy, a TTL and string keys, by its public API. Every call has a context that can end, and returns "+
		"an error. There were %d rounds. In each round every row has one turn, in an order that rotates. Times are medians of the rounds, and "+
		"ratios are medians of the rounds' own ratios. docs/memory-engine.md explains the curves.", g.Rounds)
	m.busy(g)
	sections := g.sections()
	if len(sections) > 0 {
		m.para("A turn fills a new cache, and then makes %d operations of each workload, one workload after the other. Keys have %d bytes and are built in a "+
			"buffer; values have %d bytes, unless the table says otherwise. Keys follow a Zipf distribution (1.01) over ten times as many keys "+
			"as the cache holds, and those of \"read hit\" over the keys in the cache; \"uniform\" reads each of these as often. Times are "+
			"in ns for an operation. The CPU time also has the garbage collection. A step is the time in parts of the row above. **Bold** "+
			"steps are cliffs: more than %d.", g.Ops, contender.KeySize, contender.ValueSize, growth.Cliff)
	}
	for _, s := range sections {
		m.para("## %s", s.title)
		m.para("%s", s.about)
		m.plot(s.name, s.title, withPlots)
		m.curves(s)
	}
	m.pauses(g, withPlots)
	_, err := io.WriteString(w, m.text.String())
	return err
}

// quiet is how much longer than its CPU time an operation of one goroutine takes at most if nobody else uses the processors.
const quiet = 1.1

// busy warns if other programs used the processors.
func (m *markdown) busy(g *Growth) {
	var parts []float64
	for _, curves := range [][]growth.Curve{g.BySize, g.ByValue} {
		for i := range curves {
			for j := range curves[i].Table.Rows {
				s := curves[i].Table.Rows[j].Median()
				parts = append(parts, s.NS/s.CPU)
			}
		}
	}
	if median := rounds.Median(parts); median > quiet {
		m.para("**The machine was busy.** An operation of one goroutine took %s times as long as its CPU time. Do not use these times.",
			number(median))
	}
}

func (m *markdown) plot(name, title string, there bool) {
	if there {
		m.para("![%s](%s)", title, plotFile(name))
	}
}

// curves writes the times of all curves in one table, and then the details of each.
func (m *markdown) curves(s section) {
	head := []string{"ns"}
	for _, x := range s.curves[0].Xs {
		head = append(head, fmt.Sprint(x))
	}
	var rows [][]string
	var cliffs []string
	for i := range s.curves {
		c := &s.curves[i]
		line := []string{c.Name}
		for j := range c.Xs {
			line = append(line, number(c.Table.Rows[j].Median().NS))
			if step := c.Step(j); step > growth.Cliff {
				cliffs = append(cliffs, fmt.Sprintf("%s, from %d to %d: %s (CPU time: %s)", c.Name, c.Xs[j-1], c.Xs[j], number(step), number(c.CPUStep(j))))
			}
		}
		rows = append(rows, line)
	}
	m.table(head, rows)
	if len(cliffs) == 0 {
		m.para("There is no cliff.")
	} else {
		m.para("Cliffs: %s.", strings.Join(cliffs, "; "))
	}
	for i := range s.curves {
		m.para("### %s", s.curves[i].Name)
		m.table([]string{s.axis, "ns", "fastest, slowest", "step", "CPU ns", "CPU step", "B", "allocs", "hits"}, curveRows(&s.curves[i]))
	}
}

func curveRows(c *growth.Curve) [][]string {
	var rows [][]string
	for j := range c.Table.Rows {
		row := &c.Table.Rows[j]
		s, step, cpu := row.Median(), "-", "-"
		fastest, slowest := row.Spread()
		if j > 0 {
			step, cpu = limited(c.Step(j), growth.Cliff), number(c.CPUStep(j))
		}
		rows = append(rows, []string{
			row.Name, number(s.NS), number(fastest) + ", " + number(slowest), step, number(s.CPU), cpu, number(s.Bytes), number(s.Allocs),
			percent(s.Hits),
		})
	}
	return rows
}

// limited formats a ratio, in bold if it is more than the limit.
func limited(ratio, limit float64) string {
	if ratio > limit {
		return "**" + number(ratio) + "**"
	}
	return number(ratio)
}

// pauses writes the latencies of Gets during calls.
func (m *markdown) pauses(g *Growth, withPlots bool) {
	if len(g.Pauses) == 0 {
		return
	}
	m.para("## Gets during calls that work on all entries")
	m.para("A cache of %d entries, %d goroutines that read random keys, and one that does something else: nothing, a busy loop, the call on a twin of "+
		"the cache that nobody reads, and the call on the cache. The busy loop takes a processor as the call does. The call on the twin also takes "+
		"memory, caches of the processor and garbage collections as the call does, so only the last ratio is due to the cache's locks.",
		g.Crowd, g.Readers)
	m.para("Each reader has a request of 8 Gets every 250 µs by the clock, and Gets are recorded for at least 100 ms from the begin of the call. If a " +
		"Get takes long, the requests that are due meanwhile are late. Their delay counts in the first table and in \"with delay\", so no Get is " +
		"omitted because another one was slow. It does not have the wait for a processor before a request, but has it if it comes within a Get. " +
		"\"Requests\" have all of it: they count from the time when they are due to their end. **Bold** quotients are more than 2.")
	m.plot("pauses", "99.9th percentiles of Gets", withPlots)
	var short [][]string
	for i := range g.Pauses {
		p := &g.Pauses[i]
		call := &p.Delayed.Rows[len(growth.Modes)-1]
		line := []string{p.Call, number(float64(p.Took) / float64(time.Millisecond))}
		for j := range p.Delayed.Rows {
			line = append(line, micros(p.Delayed.Rows[j].Median().NS))
		}
		for j := range len(growth.Modes) - 1 {
			line = append(line, limited(call.Ratio(&p.Delayed.Rows[j]), growth.Cliff))
		}
		short = append(short, line)
	}
	head := []string{"p99.9 of a Get, µs", "the call takes, ms"}
	for _, mode := range growth.Modes {
		head = append(head, "during "+mode)
	}
	for _, mode := range growth.Modes[:len(growth.Modes)-1] {
		head = append(head, "the call / "+mode)
	}
	m.table(head, short)
	for i := range g.Pauses {
		m.pause(&g.Pauses[i])
	}
}

// pause writes everything that was measured of one call.
func (m *markdown) pause(p *growth.Pauses) {
	m.para("### %s", p.Call)
	var rows [][]string
	for j, mode := range growth.Modes {
		line := []string{mode}
		for _, table := range []*rounds.Table{p.P50, p.P99, p.P999, p.Max, p.Delayed} {
			line = append(line, micros(table.Rows[j].Median().NS))
		}
		best, worst := p.Delayed.Rows[j].Spread()
		rows = append(rows, append(line, micros(best)+", "+micros(worst), micros(p.Requests.Rows[j].Median().NS)))
	}
	m.table([]string{"Gets, µs, during", "p50", "p99", "p99.9", "maximum", "p99.9 with delay", "smallest, largest", "p99.9 of requests"}, rows)
	m.para("%d Gets were recorded with the call, in all rounds.", p.Gets)
}

// micros formats nanoseconds as microseconds.
func micros(ns float64) string { return number(ns / 1000) }
