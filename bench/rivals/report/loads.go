package report

import (
	"fmt"

	"github.com/ctxcache/cached/bench/rivals/contender"
)

// loads writes the times of cached loads.
func (m *markdown) loads(r *Results) {
	if len(r.Loads) == 0 {
		return
	}
	m.para("## Cached loads")
	m.para("The calls of a function whose results are cached, with a TTL. Its source returns at once, so a load costs what the library adds to it. Calls for " +
		"many keys are one operation. \"Loads\" is how often a key was loaded. The leases of `cached` are part of its loads and far hits: " +
		"a value that is invalidated during its load is not stored. The others do not have them.")
	for _, c := range r.Loads {
		m.para("### %s", c.Name)
		best, otter := c.Table.Best(), c.Table.Row(contender.Otter)
		var rows [][]string
		for _, row := range c.Table.Rows {
			s := row.Median()
			fastest, slowest := row.Spread()
			rows = append(rows, []string{
				row.Name, number(s.NS), number(fastest) + ", " + number(slowest), ratio(&row, best), ratio(&row, otter), number(s.CPU),
				number(s.Bytes), number(s.Allocs), fmt.Sprintf("%.3f", s.Loads),
			})
		}
		m.table([]string{"", "ns", "fastest, slowest", "of best rival", "of otter", "CPU ns", "B", "allocs", "loads"}, rows)
	}
}
