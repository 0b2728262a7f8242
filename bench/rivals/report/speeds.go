package report

import (
	"fmt"
	"slices"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/rounds"
	"github.com/ctxcache/cached/bench/rivals/speed"
)

// enoughHits is the part of the reads of resident keys that must be hits. A cache with fewer has lost keys.
const enoughHits = 0.99

// speeds writes one table of times for each workload, kind of keys and TTL, and the details of one of its settings.
func (m *markdown) speeds(r *Results) {
	if len(r.Speed) == 0 {
		return
	}
	m.para("## Reads and writes")
	m.para("A cache holds %d entries, and a turn makes %d operations. Keys are chosen before a turn, by a Zipf distribution (1.01) over ten times as "+
		"many keys; of \"read hit\" over half as many, all of which are in the cache. Every operation has a string of its own. Only in \"stored "+
		"strings\", a read has the very string that was stored, and a cache that keeps it compares pointers. String keys have %d bytes, and their "+
		"values %d. The times "+
		"are in ns for an operation, of all goroutines together. `P1 g16` means GOMAXPROCS 1 and 16 goroutines. The CPU time also has "+
		"the library's own goroutines and the garbage collection. \"Kept\" is the part of the last written keys that have a value "+
		"after the turn: few mean that the library drops writes, or that its policy does not admit new keys.",
		r.Capacity, r.Ops, contender.KeySize, contender.ValueSize)
	for rest := r.Speed; len(rest) > 0; {
		same := func(c speed.Cell) bool {
			return c.Workload == rest[0].Workload && c.Keys == rest[0].Keys && c.TTL == rest[0].TTL
		}
		n := slices.IndexFunc(rest, func(c speed.Cell) bool { return !same(c) })
		if n < 0 {
			n = len(rest)
		}
		m.workload(rest[:n])
		rest = rest[n:]
	}
}

// workload writes the tables of cells that differ only in goroutines and GOMAXPROCS.
func (m *markdown) workload(cells []speed.Cell) {
	m.para("### %s, %s keys, %s", cells[0].Workload.Name, cells[0].Keys, lives(cells[0].TTL))
	head := []string{"ns"}
	for _, c := range cells {
		head = append(head, fmt.Sprintf("P%d g%d", c.Procs, c.Goroutines))
	}
	var rows [][]string
	for i, row := range cells[0].Table.Rows {
		line := []string{named(row, cells[0].Table)}
		for _, c := range cells {
			line = append(line, number(c.Table.Rows[i].Median().NS))
		}
		rows = append(rows, line)
	}
	best, otter := []string{"`cached` / best rival"}, []string{"`cached` / otter"}
	for _, c := range cells {
		b, o := "-", "-"
		if a, ok := compare(c.Name(), c.Table); ok {
			b, o = number(a.best), a.ofOtter()
		}
		best, otter = append(best, b), append(otter, o)
	}
	m.table(head, append(rows, best, otter))
	m.details(typical(cells))
}

// named returns the name of a row, with a mark if its times are not comparable with others.
func named(row rounds.Row, table *rounds.Table) string {
	if row.Rival || row.Name == contender.Ours || table.Best() == nil {
		return row.Name
	}
	return "(" + row.Name + ")"
}

// typical returns the cell with the most processors, and with 16 goroutines or the next more.
func typical(cells []speed.Cell) speed.Cell {
	best := cells[0]
	for _, c := range cells {
		if c.Procs > best.Procs || c.Procs == best.Procs && best.Goroutines < 16 {
			best = c
		}
	}
	return best
}

// details writes everything that was measured in one cell.
func (m *markdown) details(c speed.Cell) {
	m.para("With %d goroutines and GOMAXPROCS %d:", c.Goroutines, c.Procs)
	m.table([]string{"", "ns", "fastest, slowest", "of best rival", "of otter", "CPU ns", "B", "allocs", "hits", "kept"}, detailRows(c.Table))
	for _, row := range c.Table.Rows {
		if hits := row.Median().Hits; c.Workload.Resident && hits < enoughHits {
			m.para("%s has lost keys: %s of its reads were hits. Its times are not comparable.", row.Name, percent(hits))
		}
	}
}

func detailRows(table *rounds.Table) [][]string {
	best, otter := table.Best(), table.Row(contender.Otter)
	var rows [][]string
	for _, row := range table.Rows {
		s := row.Median()
		fastest, slowest := row.Spread()
		rows = append(rows, []string{
			named(row, table), number(s.NS), number(fastest) + ", " + number(slowest), ratio(&row, best), ratio(&row, otter), number(s.CPU),
			number(s.Bytes), number(s.Allocs), percent(s.Hits), percent(s.Kept),
		})
	}
	return rows
}

func ratio(row, other *rounds.Row) string {
	if other == nil {
		return "-"
	}
	return number(row.Ratio(other))
}
