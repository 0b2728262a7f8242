package sim_test

import (
	"slices"
	"strings"
	"testing"
)

// TestSimReducesFailures checks the report of a failure. It has few steps, no step can be left out, and it contains the
// history that breaks the promise.
func TestSimReducesFailures(t *testing.T) {
	near := variant{near: unfence}
	const kind = "stale"
	seed := uint64(0)
	for !simulate(t, planOf(seed), near, false).broke(kind) {
		seed++
	}
	whole := planOf(seed)
	shortest := shrink(t, whole, near, kind)
	if len(shortest.steps) > 5 {
		t.Errorf("%d of %d steps are left, want 5 at most:\n%v", len(shortest.steps), len(whole.steps), shortest)
	}
	for i := range shortest.steps {
		without := shortest
		without.steps = slices.Delete(slices.Clone(shortest.steps), i, i+1)
		if simulate(t, without, near, false).broke(kind) {
			t.Errorf("step %d can be left out of\n%v", i, shortest)
		}
	}
	told := explain(t, whole, near, kind)
	for _, part := range append(strings.Split(shortest.String(), "\n"), "VIOLATION") {
		if !strings.Contains(told, part) {
			t.Errorf("%q is missing in\n%s", part, told)
		}
	}
	t.Log(told)
}
