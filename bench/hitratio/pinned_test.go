package hitratio_test

import (
	"testing"

	"github.com/ctxcache/cached/bench/hitratio"
)

// The model is the oracle of an engine, so no change of its decisions may go unnoticed. If one is intended, put the new
// numbers here.
func TestHitsOfAdaptiveArePinned(t *testing.T) {
	pinned := map[string]map[int]int{ // capacities and hits
		"zipf":       {500: 63677, 8_000: 85032},
		"zipf-scan":  {500: 31140, 8_000: 38044},
		"scan-flood": {500: 4818, 8_000: 5984},
		"one-hit":    {500: 30585, 8_000: 37897},
		"loop":       {500: 4317, 8_000: 65411},
		"loop-zipf":  {500: 30559, 8_000: 59166},
		"phases":     {500: 60911, 8_000: 76765},
		"twice":      {500: 320, 8_000: 22768},
		"drift":      {500: 38002, 8_000: 58543},
		"recent":     {500: 16225, 8_000: 63942},
	}
	for _, g := range hitratio.Generators {
		trace := generated(t, g, 1)
		trace.Keys = trace.Keys[:100_000]
		for capacity, want := range pinned[g.Name] {
			if hits := hitratio.Run(hitratio.NewAdaptive(capacity, 1), trace).Hits; hits != want {
				t.Errorf("%s has %d hits with %d keys, not %d", g.Name, hits, capacity, want)
			}
		}
	}
}
