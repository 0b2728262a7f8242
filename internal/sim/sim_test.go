package sim_test

import (
	"fmt"
	"hash/fnv"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const (
	// allSeeds is an environment variable. If it is "full", TestSim simulates as many seeds as make sim does.
	allSeeds = "CACHED_SIM"
	// oneSeed is an environment variable with a seed to replay. The test logs the seed's history.
	oneSeed = "CACHED_SIM_SEED"
)

// TestSim checks that the stack keeps its promises for every seed.
func TestSim(t *testing.T) {
	if text := os.Getenv(oneSeed); text != "" {
		replay(t, text)
		return
	}
	seeds := uint64(100) // TestSimBites finds out every broken stack by fewer than 50
	switch {
	case os.Getenv(allSeeds) == "full":
		seeds = 100_000
	case testing.Short():
		seeds = 60
	}
	var next atomic.Uint64
	var stop atomic.Bool
	var mu sync.Mutex
	var total figures // guarded by mu
	t.Run("seeds", func(t *testing.T) {
		for i := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				for seed := next.Add(1) - 1; seed < seeds && !stop.Load(); seed = next.Add(1) - 1 {
					p := planOf(seed)
					r := simulate(t, p, variant{}, false)
					mu.Lock()
					total.add(r.figures)
					if total.seeds%10_000 == 0 {
						t.Log(total)
					}
					mu.Unlock()
					if len(r.found) > 0 {
						stop.Store(true)
						t.Errorf("%v\nto replay: %s=%d go test -run '^TestSim$' ./internal/sim\nthe shortest plan that breaks a promise of this kind:\n%s",
							r.found[0], oneSeed, seed, explain(t, p, variant{}, r.found[0].kind))
					}
				}
			})
		}
	})
	t.Log(total)
	if total.reads == 0 || total.loads == 0 || total.gaps == 0 || total.drops == 0 || total.restarts == 0 {
		t.Error("no seed had reads, loads, gaps, drops or restarts")
	}
}

// TestSimOfAllOptions is TestSim with all options on.
func TestSimOfAllOptions(t *testing.T) { simulateAll(t, variant{allOptions: true}, planOf) }

// simulateAll simulates v from many seeds.
func simulateAll(t *testing.T, v variant, planOf func(seed uint64) plan) {
	t.Helper()
	seeds := uint64(100)
	switch {
	case os.Getenv(allSeeds) == "full":
		seeds = 20_000
	case testing.Short():
		seeds = 60
	}
	var total figures
	for seed := range seeds {
		r := simulate(t, planOf(seed), v, false)
		total.add(r.figures)
		if len(r.found) > 0 {
			t.Fatalf("seed %d: %v\nthe shortest plan that breaks a promise of this kind:\n%s",
				seed, r.found[0], explain(t, planOf(seed), v, r.found[0].kind))
		}
	}
	t.Log(total)
}

// replay runs one seed, and logs its history.
func replay(t *testing.T, text string) {
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", oneSeed, err)
	}
	p := planOf(seed)
	r := simulate(t, p, variant{}, true)
	t.Logf("%v\n%s\n%v", p, r.history, r.figures)
	if len(r.found) > 0 {
		t.Errorf("%v\nthe shortest plan that breaks a promise of this kind:\n%s", r.found, explain(t, p, variant{}, r.found[0].kind))
	}
}

// TestSimIsAFunctionOfItsSeed checks that a seed always makes the same history, to the byte. The digest is the same for
// every process, with and without -race.
func TestSimIsAFunctionOfItsSeed(t *testing.T) {
	digest := fnv.New64a()
	seeds := uint64(10)
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		for _, v := range []variant{{}, {allOptions: true}} {
			first := simulate(t, planOf(seed), v, true)
			again := simulate(t, planOf(seed), v, true)
			if first.history != again.history {
				t.Fatalf("seed %d of %+v: %s", seed, v, difference(first.history, again.history))
			}
			digest.Write([]byte(first.history))
		}
	}
	t.Logf("digest of all histories: %x", digest.Sum(nil))
}

// difference returns the parts of two histories where they begin to differ.
func difference(a, b string) string {
	one, other := strings.Split(a, "\n"), strings.Split(b, "\n")
	same := 0
	for same < min(len(one), len(other)) && one[same] == other[same] {
		same++
	}
	around := func(lines []string) string {
		return strings.Join(lines[max(0, same-20):min(len(lines), same+5)], "\n")
	}
	return around(one) + "\nand again:\n" + around(other)
}
