package memory_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ctxcache/cached/backends/memory"
)

var policies = []memory.Policy{memory.LRU, memory.FIFO, memory.LFU, memory.MRU, memory.RR}

// Values of these tests say themselves what they cost, and how long they live.
const (
	maxCost  = 20
	tooLarge = 25            // a remainder by 26, so some values cost too much
	brief    = 7             // a value divisible by it lives for as many milliseconds as its last digit
	ttl      = 2 * time.Hour // of others, and of negative entries
)

func costOf(_, value int) int64 { return int64(value % (tooLarge + 1)) }

func timeToUse(_, value int) time.Duration {
	if value%brief == 0 {
		return time.Duration(value%10) * time.Millisecond
	}
	return ttl
}

// Whatever is done to a cache, it has what the slow one has, and has evicted the same entries, step by step.
func TestPolicies(t *testing.T) {
	for _, policy := range policies {
		for name, bounds := range map[string]memory.Options[int, int]{
			"Entries":        {MaxEntries: 6},
			"Cost":           {MaxCost: maxCost, Cost: costOf},
			"EntriesAndCost": {MaxEntries: 4, MaxCost: maxCost, Cost: costOf},
			"Unbounded":      {MaxEntries: memory.Unbounded},
			"TTLOf":          {MaxEntries: 6, TTL: ttl, TTLOf: timeToUse},
			"AllNegative":    {MaxEntries: 6, MaxNegative: 6},
			"Negatives":      {MaxEntries: 6, MaxNegative: 3},
			"NegativesCost":  {MaxCost: maxCost, Cost: costOf, MaxNegative: 3},
			"NegativesOnly":  {MaxEntries: memory.Unbounded, MaxNegative: 3},
			"NoNegatives":    {MaxEntries: 6, MaxNegative: memory.NoNegatives},
			"All":            {MaxEntries: 5, MaxCost: maxCost, Cost: costOf, TTL: ttl, TTLOf: timeToUse},
		} {
			t.Run(fmt.Sprint(policy, name), func(t *testing.T) {
				rapid.Check(t, func(drawn *rapid.T) {
					drawn.Context().Done() // is made outside of the bubble, which it outlives
					inBubble(t, func() { newTwins(policy, bounds).run(drawn) })
				})
			})
		}
	}
}

// inBubble runs f on a fake clock. A panic, by which rapid ends a property, comes out of the bubble.
func inBubble(t *testing.T, f func()) {
	var panicked any
	synctest.Test(t, func(*testing.T) {
		defer func() { panicked = recover() }()
		f()
	})
	if panicked != nil {
		panic(panicked)
	}
}
