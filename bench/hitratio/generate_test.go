package hitratio_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/ctxcache/cached/bench/hitratio"
)

func TestGeneratorsDependOnlyOnTheSeed(t *testing.T) {
	for _, g := range hitratio.Generators {
		a, b := generated(t, g, 1), generated(t, g, 1)
		if !slices.Equal(a.Keys, b.Keys) {
			t.Errorf("%s: the same seed makes other traces", g.Name)
		}
		random := g.Name != "loop" && g.Name != "twice"
		if other := generated(t, g, 2); slices.Equal(a.Keys, other.Keys) == random {
			t.Errorf("%s: another seed makes another trace: %v", g.Name, !random)
		}
		if len(a.Keys) < 100_000 || g.About == "" {
			t.Errorf("%s has %d accesses, and the text %q", g.Name, len(a.Keys), g.About)
		}
	}
}

func generated(t *testing.T, g hitratio.Generator, seed uint64) *hitratio.Trace {
	t.Helper()
	trace, err := g.Trace(seed)
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func TestCollect(t *testing.T) {
	trace := collect(t, []uint64{900, 7, 900, 8})
	if !slices.Equal(trace.Keys, []uint32{0, 1, 0, 2}) || trace.Distinct != 3 {
		t.Errorf("the trace is %+v", trace)
	}
	if _, err := hitratio.Collect("none", func(func(uint64, error) bool) {}); err == nil {
		t.Error("an empty trace is collected")
	}
	failure := errors.New("broken")
	if _, err := hitratio.Collect("bad", func(yield func(uint64, error) bool) { yield(0, failure) }); !errors.Is(err, failure) {
		t.Errorf("the error is %v", err)
	}
}
