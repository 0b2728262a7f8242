package hitratio_test

import (
	"testing"

	"github.com/ctxcache/cached/bench/hitratio"
)

// The model is the oracle of an engine, so no change of its decisions may go unnoticed. If one is intended, put the new
// numbers here.
func TestHitsOfAdaptiveArePinned(t *testing.T) {
	pinned := map[string]int{
		"zipf": 63677, "zipf-scan": 31140, "scan-flood": 4818, "one-hit": 30585, "loop": 4317, "loop-zipf": 30559, "phases": 60911,
		"twice": 320, "drift": 37918, "recent": 15776,
	}
	for _, g := range hitratio.Generators {
		trace := generated(t, g, 1)
		trace.Keys = trace.Keys[:100_000]
		if hits := hitratio.Run(hitratio.NewAdaptive(500, 1), trace).Hits; hits != pinned[g.Name] {
			t.Errorf("%s has %d hits, not %d", g.Name, hits, pinned[g.Name])
		}
	}
}
