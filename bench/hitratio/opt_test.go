package hitratio_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ctxcache/cached/bench/hitratio"
)

func TestOPTIsNeverBeaten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trace := collect(t, drawKeys(t))
		capacity := rapid.IntRange(1, 12).Draw(t, "capacity")
		best := hitratio.Run(hitratio.NewOPT(trace, capacity), trace).Hits
		for _, name := range hitratio.Names[1:] {
			p, err := hitratio.New(name, capacity, 1)
			if err != nil {
				t.Fatal(err)
			}
			if hits := hitratio.Run(p, trace).Hits; hits > best {
				t.Fatalf("%s has %d hits, and opt %d", name, hits, best)
			}
		}
	})
}

func TestOPTIsTheOptimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "length")
		keys := rapid.SliceOfN(rapid.Uint64Range(0, 4), n, n).Draw(t, "keys")
		capacity := rapid.IntRange(1, 4).Draw(t, "capacity")
		trace := collect(t, keys)
		got, want := hitratio.Run(hitratio.NewOPT(trace, capacity), trace).Hits, optimum(keys, capacity)
		if got != want {
			t.Fatalf("opt has %d hits, and %d are possible", got, want)
		}
	})
}

// optimum tries all decisions, and returns the most hits. The state is a set of keys 0..4, as bits.
func optimum(keys []uint64, capacity int) int {
	hits := map[uint8]int{0: 0} // cached keys: the most hits so far
	for _, key := range keys {
		next := make(map[uint8]int)
		keep := func(set uint8, n int) {
			if old, known := next[set]; !known || n > old {
				next[set] = n
			}
		}
		for set, n := range hits {
			if set&(1<<key) != 0 {
				keep(set, n+1)
				continue
			}
			keep(set, n) // bypass
			if size(set) < capacity {
				keep(set|1<<key, n)
			}
			for old := range 5 {
				if set&(1<<old) != 0 {
					keep(set&^(1<<old)|1<<key, n)
				}
			}
		}
		hits = next
	}
	most := 0
	for _, n := range hits {
		most = max(most, n)
	}
	return most
}

func size(set uint8) int {
	n := 0
	for ; set != 0; set &= set - 1 {
		n++
	}
	return n
}

// collect makes a trace of keys.
func collect(t interface{ Fatal(...any) }, keys []uint64) *hitratio.Trace {
	trace, err := hitratio.Collect("test", func(yield func(uint64, error) bool) {
		for _, key := range keys {
			if !yield(key, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return trace
}
