package hitratio_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ctxcache/cached/bench/hitratio"
)

// A parameter with its default changes nothing. Another value changes what is evicted. A value that makes no sense breaks nothing.
func TestTuning(t *testing.T) {
	t.Parallel()
	traces := make(map[string]*hitratio.Trace)
	for _, g := range hitratio.Generators {
		trace, err := g.Trace(1)
		if err != nil {
			t.Fatal(err)
		}
		trace.Keys = trace.Keys[:len(trace.Keys)/4] // enough to change what is evicted
		traces[g.Name] = trace
	}
	type cell struct {
		trace    string
		capacity int
	}
	hits := func(policy string, of cell) int {
		p, err := hitratio.New(policy, of.capacity, 1)
		if err != nil {
			t.Fatal(err)
		}
		return hitratio.Run(p, traces[of.trace]).Hits
	}
	cells := []cell{{"drift", 1000}, {"twice", 10_000}, {"zipf-scan", 1000}, {"recent", 1000}, {"loop-zipf", 1000}}
	plain := make(map[cell]int)
	for _, of := range cells {
		plain[of] = hits("adaptive", of)
	}
	for name, value := range hitratio.DefaultTuning() {
		for _, of := range cells[:2] {
			if got := hits(fmt.Sprintf("adaptive:%s=%v", name, value), of); got != plain[of] {
				t.Errorf("%s=%v, the default: %d hits instead of %d on %v", name, value, got, plain[of], of)
			}
		}
		if !slices.ContainsFunc(cells, func(of cell) bool {
			return hits(fmt.Sprintf("adaptive:%s=%v", name, value/2), of) != plain[of]
		}) {
			t.Errorf("%s=%v, half of the default, changes nothing", name, value/2)
		}
		for _, extreme := range []float64{0.001, 1000} {
			hits(fmt.Sprintf("adaptive:%s=%v", name, extreme), cells[0])
		}
	}
}
