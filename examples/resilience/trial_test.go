package main

import (
	"testing"
	"testing/synctest"
	"time"
)

// trialsOf returns the outcomes of all trials, by the names of the source and of the protection.
func trialsOf(t *testing.T) map[string]map[string]*outcome {
	t.Helper()
	outcomes, err := runTrials(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	trials := make(map[string]map[string]*outcome)
	for _, o := range outcomes {
		if trials[o.source] == nil {
			trials[o.source] = make(map[string]*outcome)
		}
		trials[o.source][o.protection] = o
	}
	return trials
}

// The claims are in the package comment. A trial in a bubble of testing/synctest takes no time, and no caller is late
// because the machine is busy.
func TestClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for source, by := range trialsOf(t) {
			none, shared, ours := by["none"], by["singleflight"], by["cached"]
			if len(ours.loads) >= len(shared.loads) || len(shared.loads) >= len(none.loads) {
				t.Errorf("%s: %d, %d and %d loads, want fewer by singleflight, and fewest by the cached function",
					source, len(none.loads), len(shared.loads), len(ours.loads))
			}
			if len(ours.loads) == 0 {
				t.Errorf("%s: the cached function never asks whether the source is back", source)
			}
			if ours.atOnce > 4 {
				t.Errorf("%s: %d loads at once, want at most MaxLoads", source, ours.atOnce)
			}
			if shared.atOnce > keys || shared.atOnce >= none.atOnce {
				t.Errorf("%s: %d loads at once by singleflight, %d without", source, shared.atOnce, none.atOnce)
			}
			if ours.slowest() >= shared.slowest() || ours.slowest() > 30*time.Millisecond {
				t.Errorf("%s: the slowest caller waits for %v, and by singleflight for %v, want at most SoftTimeout",
					source, ours.slowest(), shared.slowest())
			}
			answered, stale := ours.answered()
			if answered != callers || stale == 0 {
				t.Errorf("%s: %d callers have answers, and %d stale ones, want all and some", source, answered, stale)
			}
			for _, o := range []*outcome{none, shared} {
				if answered, stale := o.answered(); answered == callers || stale > 0 {
					t.Errorf("%s, %s: %d callers have answers, and %d stale ones, want not all and none",
						source, o.protection, answered, stale)
				}
				if o.oldest() > ttl+deadline {
					t.Errorf("%s, %s: an answer is %v old", source, o.protection, o.oldest())
				}
			}
		}
	})
}

// A caller of a source that works again gets new values. So the old ones are not served for ever.
func TestFlappingSourceIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours := trialsOf(t)["flapping"]["cached"]
		renewed := false
		for _, c := range ours.calls {
			renewed = renewed || !c.stale && c.came > 400*time.Millisecond
		}
		if !renewed {
			t.Error("no value is fresh after the source worked again")
		}
	})
}

// The columns stale and oldest must agree: an answer is older than its TTL if and only if the function says that it is
// stale.
func TestStaleAnswersAreOlderThanTheirTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for source, by := range trialsOf(t) {
			for _, c := range by["cached"].calls {
				if c.stale != (c.age >= ttl) {
					t.Errorf("%s: an answer is %v old, and stale: %v", source, c.age, c.stale)
				}
			}
		}
	})
}
