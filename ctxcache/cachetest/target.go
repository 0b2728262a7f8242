package cachetest

import (
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// Target selects the calls that a fault or a stall hits: cachetest.On(ctxcache.OpSet).First(3).
type Target struct {
	operations []ctxcache.Operation // none: all
	limited    bool                 // it has a limit
	limit      int                  // how many calls
	sampled    bool                 // it has a rate
	rate       float64              // which fraction of the calls
	seed       uint64
	answers    bool // the target hits only the answer of the call
}

// On selects every call of these operations. Without operations it selects every call.
func On(operations ...ctxcache.Operation) Target { return Target{operations: operations} }

// First selects only the first n of the calls, and with 0 none of them.
func (t Target) First(n int) Target {
	t.limited, t.limit = true, n
	return t
}

// Some selects a fraction of the calls at random. rate is the fraction, from 0, which selects none, to 1. The same seed selects the same
// calls, if the calls come in the same order.
func (t Target) Some(rate float64, seed uint64) Target {
	t.sampled, t.rate, t.seed = true, rate, seed
	return t
}

// Answers returns t for the answers of the calls, and not for the calls: the cache makes the call, and then its answer is
// delayed or lost. So the cache has changed, and the caller learns that late, or never.
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
	if a.target.limited && a.hits >= a.target.limit || a.target.sampled && a.random.Float64() >= a.target.rate {
		return false
	}
	a.hits++
	return true
}
