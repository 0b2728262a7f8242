package hitratio_test

import (
	"fmt"
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
		traces[g.Name] = trace
	}
	hits := func(policy string) string {
		all := ""
		for _, cell := range []struct {
			trace    string
			capacity int
		}{{"zipf-scan", 1000}, {"drift", 1000}, {"recent", 1000}, {"loop-zipf", 1000}, {"twice", 10_000}} {
			p, err := hitratio.New(policy, cell.capacity, 1)
			if err != nil {
				t.Fatal(err)
			}
			all += fmt.Sprint(hitratio.Run(p, traces[cell.trace]).Hits, " ")
		}
		return all
	}
	plain := hits("adaptive")
	for name, value := range hitratio.DefaultTuning() {
		if got := hits(fmt.Sprintf("adaptive:%s=%v", name, value)); got != plain {
			t.Errorf("%s=%v, the default: %s hits instead of %s", name, value, got, plain)
		}
		if got := hits(fmt.Sprintf("adaptive:%s=%v", name, value/2)); got == plain {
			t.Errorf("%s=%v, half of the default, changes nothing", name, value/2)
		}
		hits(fmt.Sprintf("adaptive:%s=0.001", name))
		hits(fmt.Sprintf("adaptive:%s=1000", name))
	}
}
