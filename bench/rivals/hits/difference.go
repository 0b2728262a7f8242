package hits

import (
	"cmp"
	"math"
	"slices"
)

// Difference is a difference between hit ratios in one cell, in points of percent.
type Difference struct {
	Points float64
	Cell   *Cell
	With   string // what the cell is compared with
}

// ToLRU returns the differences of the named one from LRU, the smallest first.
func ToLRU(cells []Cell, name string) []Difference {
	return differences(cells, func(c *Cell) (float64, string) {
		return c.Ratio(name).Whole - c.Alone[Reference].Whole, Reference
	})
}

// ToRival returns the differences of the named one from the best rival of each cell, other than itself, the smallest first.
// Cells without a rival are left out.
func ToRival(cells []Cell, name string) []Difference {
	return differences(cells, func(c *Cell) (float64, string) {
		rival := c.BestRival(name)
		if rival == "" {
			return math.NaN(), ""
		}
		return c.Ratio(name).Whole - c.Alone[rival].Whole, rival
	})
}

// ToOne returns the differences between a crowd and one goroutine, the smallest first.
func ToOne(cells []Cell, name string) []Difference {
	return differences(cells, func(c *Cell) (float64, string) {
		shared, known := c.Shared[name]
		if !known {
			return math.NaN(), ""
		}
		return shared - c.Alone[name].Whole, "one goroutine"
	})
}

// differences returns the differences that are numbers, the smallest first.
func differences(cells []Cell, of func(*Cell) (points float64, with string)) []Difference {
	var all []Difference
	for i := range cells {
		if points, with := of(&cells[i]); !math.IsNaN(points) {
			all = append(all, Difference{points, &cells[i], with})
		}
	}
	slices.SortStableFunc(all, func(a, b Difference) int { return cmp.Compare(a.Points, b.Points) })
	return all
}

// Average returns the mean of differences.
func Average(all []Difference) float64 {
	sum := 0.0
	for _, d := range all {
		sum += d.Points
	}
	return sum / float64(len(all))
}

// Regrets returns the regret of this library's cache, the largest first. It is positive where a fixed share is better.
func Regrets(cells []Cell) []Difference {
	all := differences(cells, func(c *Cell) (float64, string) { return c.Regret(), "" })
	slices.Reverse(all)
	return all
}

// Spreads returns the largest differences between seeds of this library's cache, the largest first.
func Spreads(cells []Cell) []Difference {
	all := differences(cells, func(c *Cell) (float64, string) {
		if len(c.Seeds) == 0 {
			return math.NaN(), ""
		}
		return c.Spread(), ""
	})
	slices.Reverse(all)
	return all
}
