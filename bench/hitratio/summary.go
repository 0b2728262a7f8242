package hitratio

import "math"

// Summary is how a policy did over several cells. Differences of hit ratios are 0 to 1, and NaN if there is nothing to
// compare with.
type Summary struct {
	Closed     float64 // the part of the distance from lru to opt that is closed, with the distances of all cells added up
	LateClosed float64 // the same for the last thirds of the traces

	// The smallest difference from the best of Classics that were simulated, from lru, and the cells where it occurred.
	WorstToClassic, WorstToLRU         float64
	WorstToClassicCell, WorstToLRUCell *Cell
	RegretMean, RegretMax              float64 // against the best of FixedShares; NaN unless all of them were simulated
	Spread                             float64 // the largest difference of two seeds in a cell
}

// Summarize returns the summary of a policy over cells, which have results of it.
func Summarize(cells []*Cell, policy string) Summary {
	s := Summary{WorstToClassic: math.NaN(), WorstToLRU: math.NaN(), RegretMax: math.NaN()}
	s.Closed = closed(cells, func(c *Cell, policy string) float64 { return c.HitRatio(policy) }, policy)
	s.LateClosed = closed(cells, func(c *Cell, policy string) float64 { return c.LateHitRatio(policy) }, policy)
	regrets := 0.0
	for _, c := range cells {
		ratio := c.HitRatio(policy)
		if d := ratio - c.best(Classics); !(d >= s.WorstToClassic) {
			s.WorstToClassic, s.WorstToClassicCell = d, c
		}
		if d := ratio - c.HitRatio("lru"); !(d >= s.WorstToLRU) {
			s.WorstToLRU, s.WorstToLRUCell = d, c
		}
		regret := c.bestFixed() - ratio
		regrets += regret
		if !(regret <= s.RegretMax) {
			s.RegretMax = regret
		}
		s.Spread = max(s.Spread, c.spread(policy))
	}
	s.RegretMean = regrets / float64(len(cells))
	return s
}

// closed returns the part of the distance from lru to opt that a policy closes, pooled over cells: a cell counts as much
// as its distance. It is NaN if there is no distance.
func closed(cells []*Cell, ratio func(*Cell, string) float64, policy string) float64 {
	won, distance := 0.0, 0.0
	for _, c := range cells {
		won += ratio(c, policy) - ratio(c, "lru")
		distance += ratio(c, "opt") - ratio(c, "lru")
	}
	if distance == 0 {
		return math.NaN()
	}
	return won / distance
}
