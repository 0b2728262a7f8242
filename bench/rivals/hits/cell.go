package hits

import (
	"fmt"
	"math"
	"slices"

	"github.com/ctxcache/cached/bench/rivals/contender"
)

// Ratio is a hit ratio in percent: of the whole trace, and of its last third, which shows a cache that is warm.
type Ratio struct{ Whole, Late float64 }

// Cell is one trace at one size of the cache.
type Cell struct {
	Trace     string
	Generated bool // by a generator, not recorded
	Capacity  int
	Percent   float64 // of the distinct keys

	Best   Ratio              // of the best policy that there can be
	Alone  map[string]Ratio   // of contenders and models, with one goroutine; of this library, the mean over its seeds
	Seeds  []float64          // of this library's cache with other seeds of its hash, in percent
	Fixed  []float64          // of the literal model with each of [Shares], in percent
	Shared map[string]float64 // of contenders with a crowd, in percent; models have none
}

// Reference is the contender whose hit ratio is an exact LRU's.
const Reference = "golang-lru LRU"

// Hindsight is the name of the best rival of each cell, which nobody can choose beforehand.
const Hindsight = "best rival of each cell"

// isRival reports whether the named one takes part in [Hindsight]. Exact LRUs do not: they are what is compared with.
func isRival(name string) bool {
	return name != contender.Ours && !slices.Contains([]string{Reference, "ttlcache"}, name)
}

// Name names the cell.
func (c *Cell) Name() string { return fmt.Sprintf("%s at %.1f %%", c.Trace, c.Percent) }

// Ratio returns the hit ratio of the named one, which may be [Hindsight].
func (c *Cell) Ratio(name string) Ratio {
	if name != Hindsight {
		return c.Alone[name]
	}
	best := Ratio{math.Inf(-1), math.Inf(-1)}
	for other, r := range c.Alone {
		if isRival(other) {
			best = Ratio{max(best.Whole, r.Whole), max(best.Late, r.Late)}
		}
	}
	return best
}

// BestRival returns the name of the best rival in this cell, other than the named one. It is empty if there is none.
func (c *Cell) BestRival(name string) (best string) {
	for other, r := range c.Alone {
		if !isRival(other) || other == name {
			continue
		}
		if ahead := r.Whole - c.Alone[best].Whole; best == "" || ahead > 0 || ahead == 0 && other < best {
			best = other
		}
	}
	return best
}

// Spread returns the largest difference between two seeds of this library's cache.
func (c *Cell) Spread() float64 {
	if len(c.Seeds) == 0 {
		return 0
	}
	return slices.Max(c.Seeds) - slices.Min(c.Seeds)
}

// BestShare returns the fixed share of the small queue that is best in this cell, in percent, and the hit ratio with it. It
// returns NaN if the model was not simulated.
func (c *Cell) BestShare() (share, ratio float64) {
	share, ratio = math.NaN(), math.NaN()
	for i, r := range c.Fixed {
		if !(r <= ratio) {
			share, ratio = Shares[i], r
		}
	}
	return share, ratio
}

// Regret returns what this library's cache would have won with the best fixed share of the small queue, in points.
func (c *Cell) Regret() float64 {
	_, best := c.BestShare()
	return best - c.Alone[contender.Ours].Whole
}
