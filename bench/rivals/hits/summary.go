package hits

import (
	"fmt"
	"math"

	"github.com/ctxcache/cached/bench/rivals/contender"
)

// Web are the traces of web services and applications.
var Web = map[string]bool{"scarab-recs": true, "orm-busy": true, "web07": true, "cdn-adaptsize": true, "corda-vault": true}

// Hindsight is the name of the best rival of each cell, which nobody can choose beforehand.
const Hindsight = "best rival of each cell"

// Summary says how good the hit ratios of one contender are. Differences are in points of percent.
type Summary struct {
	Name     string
	Share    float64 // the part of the distance from LRU to the best policy that is closed, in percent, over all cells
	ShareWeb float64 // over the cells of Web; NaN without any
	Mean     float64 // hit ratio, in percent

	WorstLRU  Difference // the cell with the smallest difference from LRU
	WorstPeer Difference // from the best rival of the cell; for a rival, from the best other one

	Shared      float64    // mean difference of a crowd from one goroutine
	WorstShared Difference // the cell with the smallest one
}

// Difference is a difference between hit ratios in one cell.
type Difference struct {
	Points float64
	Cell   string
}

// Name names the cell.
func (c *Cell) Name() string { return fmt.Sprintf("%s at %.1f %%", c.Trace, c.Percent) }

// Summarize returns a summary for each of the names, and one for the best rival of each cell.
func Summarize(cells []Cell, names []string) []Summary {
	var all []Summary
	for _, name := range names {
		s := newSummary(name, cells, func(c *Cell) float64 { return c.Alone[name] })
		for i := range cells {
			c := &cells[i]
			s.WorstPeer.lower(c.Alone[name]-c.bestPeer(name), c)
			s.Shared += (c.Shared[name] - c.Alone[name]) / float64(len(cells))
			s.WorstShared.lower(c.Shared[name]-c.Alone[name], c)
		}
		all = append(all, s)
	}
	return append(all, newSummary(Hindsight, cells, func(c *Cell) float64 { return c.bestPeer("") }))
}

// newSummary fills in everything that needs no other contender than LRU.
func newSummary(name string, cells []Cell, ratio func(*Cell) float64) Summary {
	s := Summary{Name: name}
	var closed, distance, closedWeb, distanceWeb float64
	for i := range cells {
		c := &cells[i]
		lru := c.Alone[Reference]
		s.Mean += ratio(c) / float64(len(cells))
		s.WorstLRU.lower(ratio(c)-lru, c)
		closed += ratio(c) - lru
		distance += c.Best - lru
		if Web[c.Trace] {
			closedWeb += ratio(c) - lru
			distanceWeb += c.Best - lru
		}
	}
	s.Share, s.ShareWeb = 100*closed/distance, 100*closedWeb/distanceWeb
	return s
}

// bestPeer returns the best hit ratio of all contenders but this library's and the named one.
func (c *Cell) bestPeer(name string) float64 {
	best := math.Inf(-1)
	for other, ratio := range c.Alone {
		if other != name && other != contender.Ours {
			best = max(best, ratio)
		}
	}
	return best
}

// lower keeps the smallest difference.
func (d *Difference) lower(points float64, c *Cell) {
	if d.Cell == "" || points < d.Points {
		d.Points, d.Cell = points, c.Name()
	}
}
