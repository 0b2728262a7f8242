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
	m.para("A program wrote this file: `%s` in bench/rivals, which `make rivals` runs. "+
		"The machine: %s, %d processors, %s, %s.", r.Command, r.Machine.CPU, r.Machine.Cores,
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
		"phuslu/lru with a TTL are under \"In short\". Without one, these times are known, in parts of otter's and of ristretto's: string keys of " +
		"21 bytes, GOMAXPROCS 2, the mean over 2, 16 and 256 goroutines.")
	m.table([]string{"", "read hit", "mixed 75/25", "write zipf", "write unique", "bytes per entry"}, [][]string{
		{"go-sieve", "0.97, 0.88", "0.84, 0.44", "0.56, 0.38", "1.15, 2.05", "202"},
		{"phuslu/lru", "1.53, 1.38", "0.81, 0.43", "0.57, 0.39", "0.60, 1.06", "153"},
		{"go-freelru, sharded", "1.47, 1.33", "0.97, 0.51", "0.50, 0.34", "0.48, 0.86", "248"},
	})
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
