package hits

import "github.com/ctxcache/cached/bench/rivals/contender"

// Requirement is what the hit ratios of this library's cache should be, in points.
type Requirement struct {
	Text  string
	Limit float64
	Least bool // Limit is the least value, and otherwise the largest
	Value float64
	Fails []Difference // the cells that do not meet it, the worst first; none for a mean or a sum
}

// Met reports whether the requirement is met.
func (r *Requirement) Met() bool { return r.allows(r.Value) }

func (r *Requirement) allows(points float64) bool {
	if r.Least {
		return points >= r.Limit
	}
	return points <= r.Limit
}

// The limits of the requirements, in points.
const (
	leastToLRU   = -1.0
	leastToRival = -3.0
	leastOfCrowd = -0.5
	mostRegret   = 2.0
	meanRegret   = 0.5
)

// Requirements returns how this library's cache meets its requirements. Without results of it, there are none.
func Requirements(cells []Cell) []Requirement {
	regrets := Regrets(cells)
	if len(regrets) == 0 {
		return nil
	}
	all := []Requirement{
		worst("the worst cell, from LRU, at least", leastToLRU, ToLRU(cells, contender.Ours)),
		{Text: "the mean regret, at most", Limit: meanRegret, Value: Average(regrets)},
		worst("the worst regret, at most", mostRegret, regrets),
	}
	if rivals := ToRival(cells, contender.Ours); len(rivals) > 0 {
		all = append(all, worst("the worst cell, from the best rival of the cell, at least", leastToRival, rivals), beyond("closed", cells))
		if web := Only(cells, func(c *Cell) bool { return Web[c.Trace] }); len(web) > 0 {
			all = append(all, beyond("closed, web and apps", web))
		}
	}
	if crowd := ToOne(cells, contender.Ours); len(crowd) > 0 {
		all = append(all, worst("the worst cell of a crowd, from one goroutine, at least", leastOfCrowd, crowd))
	}
	return all
}

// beyond returns the requirement that this library's cache closes at least as much as the best rival of each cell.
func beyond(what string, cells []Cell) Requirement {
	return Requirement{
		Text: what + ", from the best rival of each cell, at least", Least: true,
		Value: Closed(cells, contender.Ours).Whole - Closed(cells, Hindsight).Whole,
	}
}

// worst returns the requirement that no cell is beyond limit. The worst cell is the first one.
func worst(text string, limit float64, sorted []Difference) Requirement {
	r := Requirement{Text: text, Limit: limit, Least: limit < 0, Value: sorted[0].Points}
	for _, d := range sorted {
		if !r.allows(d.Points) {
			r.Fails = append(r.Fails, d)
		}
	}
	return r
}
