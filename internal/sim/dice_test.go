package sim_test

import (
	"math/rand/v2"
	"time"
)

// dice decides all that is random in a run. A draw depends on the seed and on what it is about, not on the draws before
// it: so goroutines that come in any order, and plans that lack a step, get the same.
type dice uint64

// about returns the random source of something.
func (d dice) about(what string, numbers ...int) draw {
	hash := uint64(14695981039346656037) // FNV-1a
	for _, b := range []byte(what) {
		hash = (hash ^ uint64(b)) * 1099511628211
	}
	for _, n := range numbers {
		hash = (hash ^ uint64(n)) * 1099511628211
	}
	return draw{rand.New(rand.NewPCG(uint64(d), hash))}
}

type draw struct{ *rand.Rand }

// percent reports true in so many percent of all cases.
func (d draw) percent(n int) bool { return d.IntN(100) < n }

// upTo returns a duration that is a little more than nothing, and not more than limit.
func (d draw) upTo(limit time.Duration) time.Duration {
	const unit = 100 * time.Microsecond
	return unit * time.Duration(1+d.IntN(int(limit/unit)))
}

// leg returns how long a way to far takes: mostly it is short.
func (d draw) leg() time.Duration { return d.mostlyUpTo(10*time.Millisecond, maxLeg, 20) }

// delay returns how long a message takes: often it overtakes an answer of far.
func (d draw) delay() time.Duration { return d.mostlyUpTo(10*time.Millisecond, maxDelay, 60) }

// mostlyUpTo returns a duration up to few, but up to most in so many percent of all cases.
func (d draw) mostlyUpTo(few, most time.Duration, percent int) time.Duration {
	if d.percent(percent) {
		return d.upTo(most)
	}
	return d.upTo(few)
}
