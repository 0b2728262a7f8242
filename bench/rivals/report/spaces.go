package report

import (
	"fmt"
	"time"

	"github.com/ctxcache/cached/bench/rivals/space"
)

// entries writes the memory of an entry.
func (m *markdown) entries(r *Results) {
	if len(r.Entries) == 0 {
		return
	}
	m.para("## Memory of an entry")
	m.para("Caches of %d entries with string keys, filled with a quarter more, each in a process of its own. The bytes of the heap after two "+
		"collections, for each entry that the cache has in the end, with the key and the value (%d bytes) and their headers (16 and 24 bytes).",
		r.EntryCount, space.Payload)
	type both struct{ without, with *Entry }
	rows, order := make(map[string]*both), []string{}
	for i := range r.Entries {
		e := &r.Entries[i]
		if rows[e.Name] == nil {
			rows[e.Name] = &both{}
			order = append(order, e.Name)
		}
		if e.TTL {
			rows[e.Name].with = e
		} else {
			rows[e.Name].without = e
		}
	}
	var lines [][]string
	for _, name := range order {
		line := []string{name}
		for _, e := range []*Entry{rows[name].without, rows[name].with} {
			if e == nil {
				line = append(line, "-", "-")
				continue
			}
			line = append(line, fmt.Sprintf("%.1f", e.PerEntry), fmt.Sprint(e.Entries))
		}
		lines = append(lines, line)
	}
	m.table([]string{"", "bytes, no TTL", "entries", "bytes, TTL", "entries"}, lines)
}

// collections writes what garbage collections cost.
func (m *markdown) collections(r *Results) {
	if len(r.Collections) == 0 {
		return
	}
	m.para("## Garbage collection")
	m.para("Caches of %d entries, numbers by numbers, each in a process of its own. The time of a collection of the idle cache; the CPU time of "+
		"all its processors; the longest pause of all goroutines; and the time of a Set of a new key while collections run.",
		r.CollectCount)
	var lines [][]string
	for _, c := range r.Collections {
		lines = append(lines, []string{
			c.Name, fmt.Sprintf("%.0f", float64(c.Heap)/(1<<20)), fmt.Sprint(c.Objects), fmt.Sprintf("%.1f", float64(c.Wall)/float64(time.Millisecond)),
			fmt.Sprintf("%.1f", float64(c.CPU)/float64(time.Millisecond)), fmt.Sprintf("%.0f", float64(c.Pause)/float64(time.Microsecond)),
			fmt.Sprint(c.Write.Nanoseconds()),
		})
	}
	m.table([]string{"", "heap, MiB", "objects", "collection, ms", "CPU, ms", "longest pause, µs", "Set, ns"}, lines)
}
