package hitratio_test

import (
	"testing"

	"github.com/ctxcache/cached/bench/hitratio"
)

// The model is the oracle of an engine, so no change of its decisions may go unnoticed. If one is intended, put the new
// numbers here.
func TestHitsOfAdaptiveArePinned(t *testing.T) {
	pinned := map[string]int{
		"zipf": 64043, "zipf-scan": 31274, "scan-flood": 4784, "one-hit": 30727, "loop": 4394, "phases": 60405, "twice": 494,
	}
	for _, g := range hitratio.Generators {
		trace := generated(t, g, 1)
		trace.Keys = trace.Keys[:100_000]
		if hits := hitratio.Run(hitratio.NewAdaptive(500, 1), trace).Hits; hits != pinned[g.Name] {
			t.Errorf("%s has %d hits, not %d", g.Name, hits, pinned[g.Name])
		}
	}
}
