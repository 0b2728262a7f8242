package hitratio

import "math"

// Cell is a trace at a size, with the results of each policy.
type Cell struct {
	Trace    string
	Size     Size
	Capacity int
	Results  map[string][]Result // policy: one result for each seed
}

// HitRatio returns the hit ratio of a policy, 0 to 1. It is the mean over the seeds.
func (c *Cell) HitRatio(policy string) float64 { return c.mean(policy, Result.HitRatio) }

// LateHitRatio returns the same for the last third of the trace.
func (c *Cell) LateHitRatio(policy string) float64 { return c.mean(policy, Result.LateHitRatio) }

func (c *Cell) mean(policy string, of func(Result) float64) float64 {
	sum := 0.0
	for _, r := range c.Results[policy] {
		sum += of(r)
	}
	return sum / float64(len(c.Results[policy]))
}

// Closed returns the part of the distance from lru to opt that a policy closes: 1 is as good as opt, and negative is worse
// than lru. It is NaN if opt is not better than lru.
func (c *Cell) Closed(policy string) float64 {
	lru, opt := c.HitRatio("lru"), c.HitRatio("opt")
	if opt == lru {
		return math.NaN()
	}
	return (c.HitRatio(policy) - lru) / (opt - lru)
}

// spread returns the largest difference of the hit ratios of two seeds.
func (c *Cell) spread(policy string) float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range c.Results[policy] {
		low, high = min(low, r.HitRatio()), max(high, r.HitRatio())
	}
	return high - low
}

// best returns the highest hit ratio of the policies that c has results of, or NaN if it has none.
func (c *Cell) best(policies []string) float64 {
	best := math.NaN()
	for _, policy := range policies {
		if len(c.Results[policy]) > 0 && !(c.HitRatio(policy) <= best) {
			best = c.HitRatio(policy)
		}
	}
	return best
}

// bestFixed returns the highest hit ratio of FixedShares, or NaN if c lacks one of them: a regret against fewer shares
// would look better than it is.
func (c *Cell) bestFixed() float64 {
	if !c.has(FixedShares) {
		return math.NaN()
	}
	return c.best(FixedShares)
}

// has reports whether c has results of all these policies.
func (c *Cell) has(policies []string) bool {
	for _, policy := range policies {
		if len(c.Results[policy]) == 0 {
			return false
		}
	}
	return true
}
