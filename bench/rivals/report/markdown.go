package report

import (
	"fmt"
	"io"
	"strings"
)

// Write writes the results as Markdown.
func Write(w io.Writer, r *Results) error {
	m := &markdown{}
	m.intro(r)
	m.short(r)
	m.speeds(r)
	m.entries(r)
	m.collections(r)
	m.hits(r)
	m.loads(r)
	m.absent(r)
	_, err := io.WriteString(w, m.text.String())
	return err
}

// markdown is a text that grows.
type markdown struct{ text strings.Builder }

func (m *markdown) para(format string, args ...any) {
	fmt.Fprintf(&m.text, format+"\n\n", args...)
}

// table writes a table. The first column is text, the others are numbers.
func (m *markdown) table(head []string, rows [][]string) {
	line := func(cells []string) { m.text.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	m.text.WriteString("|---|" + strings.Repeat("--:|", len(head)-1) + "\n")
	for _, row := range rows {
		line(row)
	}
	m.text.WriteString("\n")
}

func (m *markdown) intro(r *Results) {
	m.para("# The cache in memory and its rivals")
	m.para("A program wrote this file: `%s`. The machine: %s, %d processors, %s, %s.", r.Command, r.Machine.CPU, r.Machine.Cores,
		r.Machine.OS, r.Machine.Go)
	m.para("In each round every contender has one turn, in an order that rotates. There were %d rounds. Times are medians of the rounds, and "+
		"ratios are medians of the rounds' own ratios. Compare only figures of one run. The best rival is the one with the shortest time; "+
		"libraries that never evict or that may drop Sets do not count as rivals, and are in the tables all the same.", r.Rounds)
	m.para("`cached` is `backends/memory` by its public API. Every call has a context that can end, and returns an error. It copies each string key " +
		"that it stores, because a key may be a view of a buffer that is used again. The rivals that store keys keep the caller's string; " +
		"freecache and bigcache copy keys and values.")
	if len(r.Machine.Modules) > 0 {
		m.para("The versions: %s.", strings.Join(r.Machine.Modules, ", "))
	}
}

func (m *markdown) absent(*Results) {
	m.para("## Not compared")
	m.para("Module proxies refuse some libraries: github.com/phuslu/lru, github.com/elastic/go-freelru, github.com/opencoff/go-sieve, and " +
		"github.com/scalalang2/golang-fifo and github.com/maypok86/otter (version 1), which have S3-FIFO. The goals that are known for " +
		"phuslu/lru are under \"In short\".")
}

// number formats a number with three digits that count.
func number(x float64) string {
	switch {
	case x != x:
		return "-"
	case x >= 100 || x <= -100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10 || x <= -10:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.2f", x)
	}
}

// percent formats a part, or "-" for a part that was not measured.
func percent(part float64) string {
	if part < 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*part)
}
