package hitratio

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Tuning has the parameters of Adaptive, by name. The engine has the defaults, as constants. Other values show what a parameter is
// worth: the policy adaptive:ghosts=2 has two ghosts for each key of the capacity.
type Tuning map[string]float64

// The names of the parameters.
const (
	startShare     = "start"      // share of S in a new cache
	ghostsPerKey   = "ghosts"     // for each key of the capacity
	rememberedKeys = "remembered" // keys that a queue has lost last, relative to the capacity
	epochAccesses  = "epoch"      // length of an epoch, for each key of the capacity
	minFrequency   = "frequency"  // what an entry of S that was not visited needs to replace one of M
	phasesPerPass  = "phases"     // phases that pass while as many keys are inserted as S should have
	backRatio      = "ratio"      // how many times as often as from M keys must come back from S, so that S is far too small
	leastUsed      = "used"       // and one of so many entries at the end of S must have a visit
	reach          = "reach"      // or all must come back after so many accesses, for each key of the capacity
	lead           = "lead"       // and so many times as many must come back as there are hits
	window         = "window"     // evictions after which the counts of all that are halved, for each key of the capacity
	recentPlaces   = "place"      // of a bucket: older ghosts do not count
	recentStep     = "step"       // entries that S gets for each ghost
)

// DefaultTuning returns the parameters of the engine.
func DefaultTuning() Tuning {
	return Tuning{
		startShare: 0.1, ghostsPerKey: 3, rememberedKeys: 0.05, epochAccesses: 10, minFrequency: 2, phasesPerPass: 3,
		backRatio: 4, leastUsed: 25, reach: 0.85, lead: 1.25, window: 0.5, recentPlaces: 2, recentStep: 2,
	}
}

// parseTuning reads a parameter that is not the default, as in ghosts=2.
func parseTuning(text string) (Tuning, error) {
	t := DefaultTuning()
	name, number, _ := strings.Cut(text, "=")
	if _, known := t[name]; !known {
		return nil, fmt.Errorf("there is no parameter %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(t)), ", "))
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || !(value > 0 && value <= 1000) {
		return nil, fmt.Errorf("the parameter %s cannot be %q: it is a number above 0 and up to 1000", name, number)
	}
	t[name] = value
	return t, nil
}
