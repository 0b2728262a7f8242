package hitratio

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Policy is a cache without values: it decides which keys stay. It is for one goroutine.
type Policy interface {
	// Access reads key, and inserts it after a miss if the policy admits it. It reports whether key was cached.
	Access(key uint64) (hit bool)
}

// Names lists the policies that New and Run know, the classic ones first. Two of them take a percentage after a colon:
// w-tinylfu:10 has a window of 10 % of the capacity instead of 1 %, and fixed:10 is adaptive with a share of S that
// stays at 10 %. Adaptive takes a parameter: see Tuning.
var Names = []string{
	"opt", "lru", "fifo", "lfu", "2q", "arc", "sieve", "s3-fifo", "w-tinylfu", "w-tinylfu-climb", "adaptive", "fixed:10",
}

// Classics are the policies that the tables compare with: the best of them is chosen for each cell.
var Classics = []string{"lru", "fifo", "lfu", "2q", "arc", "sieve", "s3-fifo", "w-tinylfu", "w-tinylfu-climb"}

// FixedShares are policies with the queues of adaptive, and with shares of S that do not change. The regret of a policy is
// what the best of them would have won in a cell.
var FixedShares = []string{"fixed:1", "fixed:5", "fixed:10", "fixed:20", "fixed:40", "fixed:70", "fixed:90"}

// New returns an empty cache for capacity keys, at least 1. The seed changes only hashes: the same seed, capacity and
// accesses have the same hits. New does not make opt, which needs a trace: see NewOPT.
func New(name string, capacity int, seed uint64) (Policy, error) {
	if capacity < 1 {
		return nil, fmt.Errorf("policy %s: capacity %d is below 1", name, capacity)
	}
	switch kind, parameter, given := strings.Cut(name, ":"); {
	case !given:
		if build, known := builders[name]; known {
			return build(capacity, seed), nil
		}
	case kind == "adaptive":
		t, err := parseTuning(parameter)
		if err != nil {
			return nil, fmt.Errorf("policy %s: %w", name, err)
		}
		return newTuned(capacity, hashOf(seed), t), nil
	case kind == "w-tinylfu" || kind == "fixed":
		percent, err := strconv.ParseFloat(parameter, 64)
		if err != nil || !(percent > 0 && percent < 100) {
			return nil, fmt.Errorf("policy %s: %q is not a percentage between 0 and 100", name, parameter)
		}
		if kind == "fixed" {
			return NewFixedShare(capacity, percent/100, seed), nil
		}
		return newWTinyLFU(capacity, percent/100, seed), nil
	}
	return nil, fmt.Errorf("policy %q is unknown; the policies are %s", name, strings.Join(Names, ", "))
}

// CheckName returns an error if neither New nor Run know a policy of this name.
func CheckName(name string) error {
	if name == "opt" {
		return nil
	}
	_, err := New(name, 1, 0)
	return err
}

// isSeeded reports whether a sweep runs a policy with each seed. Other policies do not depend on it, except for fixed
// shares, which are a measure: one run is enough for it.
func isSeeded(name string) bool {
	kind, _, _ := strings.Cut(name, ":")
	return slices.Contains([]string{"w-tinylfu", "w-tinylfu-climb", "adaptive"}, kind)
}

// builders make the policies that have no parameter.
var builders = map[string]func(capacity int, seed uint64) Policy{
	"lru":             func(capacity int, _ uint64) Policy { return newLRU(capacity) },
	"fifo":            func(capacity int, _ uint64) Policy { return newFIFO(capacity) },
	"lfu":             func(capacity int, _ uint64) Policy { return newLFU(capacity) },
	"2q":              func(capacity int, _ uint64) Policy { return newTwoQ(capacity) },
	"arc":             func(capacity int, _ uint64) Policy { return newARC(capacity) },
	"sieve":           func(capacity int, _ uint64) Policy { return newSieve(capacity) },
	"s3-fifo":         func(capacity int, _ uint64) Policy { return newS3FIFO(capacity) },
	"w-tinylfu":       func(capacity int, seed uint64) Policy { return newWTinyLFU(capacity, 0.01, seed) },
	"w-tinylfu-climb": func(capacity int, seed uint64) Policy { return newClimber(capacity, seed) },
	"adaptive":        func(capacity int, seed uint64) Policy { return NewAdaptive(capacity, seed) },
}
