package report

import (
	"fmt"
	"math"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/hits"
)

// hits writes the hit ratios.
func (m *markdown) hits(r *Results) {
	if len(r.Hits) == 0 {
		return
	}
	m.para("## Hit ratios")
	m.para("Traces of real programs are replayed on the caches: get, and on a miss set. Every write takes effect before the next access. \"Closed\" "+
		"is the part of the distance from an exact LRU (%s) to the best policy that there can be (Belady's, with bypass) that is closed, over "+
		"all %d cells, and over those of web services and applications. The differences are points of hit ratio. A crowd is %d "+
		"goroutines that share the trace.", hits.Reference, len(r.Hits), hits.Crowd)
	var lines [][]string
	for _, s := range r.Summary {
		line := []string{s.Name, points(s.Share), points(s.ShareWeb), points(s.Mean), difference(s.WorstLRU), "-", "-", "-"}
		if s.Name != hits.Hindsight {
			line[5], line[6], line[7] = difference(s.WorstPeer), points(s.Shared), difference(s.WorstShared)
		}
		lines = append(lines, line)
	}
	m.table([]string{
		"", "closed, %", "closed, web, %", "mean hit ratio, %", "worst cell, from LRU", "worst cell, from the best rival",
		"mean of a crowd", "worst cell of a crowd",
	}, lines)
	head := append([]string{"hit ratio, %", "entries", "best policy"}, r.HitsOf...)
	var cells [][]string
	below := 0
	for i := range r.Hits {
		c := &r.Hits[i]
		line := []string{c.Name(), fmt.Sprint(c.Capacity), points(c.Best)}
		for _, name := range r.HitsOf {
			line = append(line, points(c.Alone[name]))
		}
		if c.Alone[contender.Ours] < c.Alone[hits.Reference] {
			below++
		}
		cells = append(cells, line)
	}
	m.table(head, cells)
	m.para("`%s` is below LRU in %d of %d cells.", contender.Ours, below, len(r.Hits))
}

func points(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "-"
	}
	return fmt.Sprintf("%.2f", x)
}

func difference(d hits.Difference) string {
	if math.IsInf(d.Points, 0) {
		return "-"
	}
	return fmt.Sprintf("%+.2f (%s)", d.Points, d.Cell)
}
