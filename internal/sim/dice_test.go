package sim_test

import (
	"math/rand/v2"
	"time"
)

// dice makes all random choices of a run. A draw depends on the seed and on its description, not on earlier draws. The
// draws are therefore the same in any order of the goroutines, and when a step is left out of the plan.
type dice uint64

// about returns the random source for the choice that what and numbers describe.
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

// percent returns true in n percent of all cases.
func (d draw) percent(n int) bool { return d.IntN(100) < n }

// upTo returns a duration above 0 and up to limit.
func (d draw) upTo(limit time.Duration) time.Duration {
	const unit = 100 * time.Microsecond
	return unit * time.Duration(1+d.IntN(int(limit/unit)))
}

// leg returns how long one way to far, or back, takes. Usually it is short.
func (d draw) leg() time.Duration { return d.mostlyUpTo(10*time.Millisecond, maxLeg, 20) }

// delay returns how long a message takes. Often it is short enough for the message to overtake an answer of far.
func (d draw) delay() time.Duration { return d.mostlyUpTo(10*time.Millisecond, maxDelay, 60) }

// mostlyUpTo returns a duration up to most in percent of all cases, and otherwise up to few.
func (d draw) mostlyUpTo(few, most time.Duration, percent int) time.Duration {
	if d.percent(percent) {
		return d.upTo(most)
	}
	return d.upTo(few)
}
