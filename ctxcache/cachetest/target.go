package cachetest

import (
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// Target says which calls a fault or a stall is for: cachetest.On(ctxcache.OpSet).First(3).
type Target struct {
	operations []ctxcache.Operation // none: all
	limit      int                  // how many calls; 0: all
	rate       float64              // which part of them; 0: all
	seed       uint64
	answers    bool // only the answer of the call is hit
}

// On is every call of these operations, or of all if none is named.
func On(operations ...ctxcache.Operation) Target { return Target{operations: operations} }

// First is the first n of the calls.
func (t Target) First(n int) Target {
	t.limit = n
	return t
}

// Some is a part of the calls, from 0 to 1, chosen at random: the same ones for the same seed and the same order of
// calls.
func (t Target) Some(rate float64, seed uint64) Target {
	t.rate, t.seed = rate, seed
	return t
}

// Answers lets the calls be made, and hits their answers on the way back: the cache has changed, and the caller
// does not know it yet, or never will.
func (t Target) Answers() Target {
	t.answers = true
	return t
}

// aim finds the calls of a target among all calls.
type aim struct {
	target Target

	mu     sync.Mutex
	random *rand.Rand
	hits   int
}

func (t Target) aim() *aim {
	return &aim{target: t, random: rand.New(rand.NewPCG(t.seed, 0))}
}

// hit reports whether a call of operation is one of the target's.
func (a *aim) hit(operation ctxcache.Operation) bool {
	if len(a.target.operations) > 0 && !slices.Contains(a.target.operations, operation) {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.target.limit > 0 && a.hits >= a.target.limit || a.target.rate > 0 && a.random.Float64() >= a.target.rate {
		return false
	}
	a.hits++
	return true
}
