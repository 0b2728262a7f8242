package hitratio

import "math"

// climber is W-TinyLFU whose window follows the hit ratio: as long as a change was good, the next one has the same
// direction. Steps get smaller, until the hit ratio changes much. See Einziger, Eytan, Friedman, Manes: "Adaptive software
// cache management", Middleware 2018. Caffeine has the same parameters.
type climber struct {
	*wTinyLFU
	step, previous float64 // in entries; hit ratio of the sample before
	accesses, hits int     // of this sample
}

const (
	climbSample  = 10 // accesses for each entry of capacity
	climbStep    = 0.0625
	climbDecay   = 0.98
	climbRestart = 0.05 // a change of the hit ratio that makes the step large again
)

func newClimber(capacity int, seed uint64) *climber {
	return &climber{wTinyLFU: newWTinyLFU(capacity, 0.01, seed), step: -climbStep * float64(capacity)}
}

// Access implements Policy in amortized constant time.
func (c *climber) Access(key uint64) bool {
	hit := c.wTinyLFU.Access(key)
	if len(c.nodes) < c.capacity {
		return hit
	}
	c.accesses++
	if hit {
		c.hits++
	}
	if c.accesses >= climbSample*c.capacity {
		c.climb()
	}
	return hit
}

// climb ends a sample.
func (c *climber) climb() {
	ratio := float64(c.hits) / float64(c.accesses)
	change := ratio - c.previous
	if change < 0 {
		c.step = -c.step
	}
	c.resize(int(c.step))
	if math.Abs(change) >= climbRestart {
		c.step = math.Copysign(climbStep*float64(c.capacity), c.step)
	} else {
		c.step *= climbDecay
	}
	c.previous, c.accesses, c.hits = ratio, 0, 0
}
