package hits

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/bench/hitratio"
	"github.com/ctxcache/cached/bench/rivals/contender"
)

const (
	// Crowd is how many goroutines share a trace, to see what concurrency costs.
	Crowd = 16

	// Seeds is how many caches of this library replay a trace, one after the other. Each has a seed of its own for its hash.
	Seeds = 5
)

// replay fills in the hit ratios of c.
func (c *Cell) replay(t *Trace, contenders []contender.Contender, models []Model) (err error) {
	c.Best = ratioOf(hitratio.Run(hitratio.NewOPT(t.Trace, c.Capacity), t.Trace))
	for _, one := range contenders {
		if err := c.contend(one, t); err != nil {
			return fmt.Errorf("%s, %d entries, %s: %w", t.Name, c.Capacity, one.Name, err)
		}
	}
	for _, m := range models {
		if c.Alone[m.Name], err = simulate(m.policy, t, c.Capacity); err != nil {
			return err
		}
	}
	if _, ours := c.Alone[contender.Ours]; ours {
		c.Fixed, err = fixed(t, c.Capacity)
	}
	return err
}

// contend replays the trace on caches of one contender.
func (c *Cell) contend(one contender.Contender, t *Trace) error {
	seeds := 1
	if one.Name == contender.Ours {
		seeds = Seeds
	}
	var mean Ratio
	for range seeds {
		cache, err := one.Ints(c.Capacity, 0)
		if err != nil {
			return err
		}
		r := ratioOf(hitratio.Run(cached{cache}, t.Trace))
		if err := cache.Close(); err != nil {
			return err
		}
		mean.Whole += r.Whole / float64(seeds)
		mean.Late += r.Late / float64(seeds)
		if one.Name == contender.Ours {
			c.Seeds = append(c.Seeds, r.Whole)
		}
	}
	c.Alone[one.Name] = mean
	cache, err := one.Ints(c.Capacity, 0)
	if err != nil {
		return err
	}
	c.Shared[one.Name] = 100 * float64(crowd(cache, t.Keys)) / float64(len(t.Keys))
	return cache.Close()
}

// cached makes a policy of a cache: a read, and a write after a miss.
type cached struct {
	contender.Cache[uint64, uint64]
}

// Access implements [hitratio.Policy]. The write takes effect before Access returns.
func (c cached) Access(key uint64) bool {
	_, hit := c.Get(key)
	if !hit {
		c.Set(key, key)
		c.Settle()
	}
	return hit
}

// crowd returns how many hits there are if goroutines take the accesses in the order of the trace, each the next one.
func crowd(cache contender.Cache[uint64, uint64], keys []uint32) int {
	var next, hits atomic.Int64
	var all sync.WaitGroup
	for range Crowd {
		all.Go(func() {
			found := int64(0)
			for at := next.Add(1) - 1; at < int64(len(keys)); at = next.Add(1) - 1 {
				if (cached{cache}).Access(uint64(keys[at])) {
					found++
				}
			}
			hits.Add(found)
		})
	}
	all.Wait()
	return int(hits.Load())
}
