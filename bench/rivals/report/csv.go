package report

import (
	"encoding/csv"
	"fmt"
	"io"

	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// WriteCSV writes every round of every cell of reads, writes and loads: one line for each.
func WriteCSV(w io.Writer, r *Results) error {
	out := csv.NewWriter(w)
	lines := [][]string{{"cell", "contender", "round", "ns", "cpu_ns", "bytes", "allocs", "hits", "loads", "kept"}}
	add := func(cell string, table *rounds.Table) {
		for _, row := range table.Rows {
			for round, s := range row.Samples {
				line := []string{cell, row.Name, fmt.Sprint(round)}
				for _, x := range []float64{s.NS, s.CPU, s.Bytes, s.Allocs, s.Hits, s.Loads, s.Kept} {
					line = append(line, fmt.Sprintf("%.4g", x))
				}
				lines = append(lines, line)
			}
		}
	}
	for _, c := range r.Speed {
		add(c.Name(), c.Table)
	}
	for _, c := range r.Loads {
		add(c.Name, c.Table)
	}
	return out.WriteAll(lines)
}
