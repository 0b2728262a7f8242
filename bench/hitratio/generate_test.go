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

// Its text says how often keys come, and how far apart.
func TestTwiceIsAsItsTextSays(t *testing.T) {
	i := slices.IndexFunc(hitratio.Generators, func(g hitratio.Generator) bool { return g.Name == "twice" })
	twice := hitratio.Generators[i]
	if want := "nearly all keys come twice, about 6,000 accesses apart"; twice.About != want {
		t.Errorf("the text is %q, not %q", twice.About, want)
	}
	trace := generated(t, twice, 1)
	first, again := make(map[uint32]int), 0
	for at, key := range trace.Keys {
		before, known := first[key]
		if !known {
			first[key] = at
			continue
		}
		again++
		// The first 3,000 keys come without others between them, so they are less far apart.
		if apart := at - before; apart < 3_000 || apart > 6_001 || key >= 3_000 && apart < 5_999 {
			t.Fatalf("key %d comes again after %d accesses", key, apart)
		}
	}
	if once := trace.Distinct - again; once*20 > trace.Distinct {
		t.Errorf("%d of %d keys come once", once, trace.Distinct)
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
