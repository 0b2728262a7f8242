package loads_test

import (
	"math"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/loads"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// These tests rely on the checks of values and of numbers of loads that each turn makes.

func TestLoads(t *testing.T) { measure(t, &loads.Options{Alone: true}, 7) }

// There are more goroutines than calls for the same absent keys.
func TestMoreGoroutinesThanCalls(t *testing.T) {
	cells, err := loads.Run(t.Context(), &loads.Options{
		Include: func(name string) bool { return name == contender.Ours }, Goroutines: []int{256}, Calls: 1000, Many: 100, Rounds: 1, Alone: true,
	}, func(loads.Cell) {})
	if err != nil || len(cells) != 5 {
		t.Errorf("got %d cases, want 5: %v", len(cells), err)
	}
}

func TestTwoLevels(t *testing.T) {
	if testing.Short() {
		t.Skip("needs a server")
	}
	if _, err := exec.LookPath("redis-server"); err != nil && os.Getenv("CACHED_REQUIRE_SERVERS") != "1" {
		t.Skip(err)
	}
	measure(t, &loads.Options{LevelsOnly: true}, 5)
}

func measure(t *testing.T, o *loads.Options, cases int) {
	t.Helper()
	o.Include, o.Goroutines, o.Calls, o.Many, o.Rounds = func(string) bool { return true }, []int{1, 8}, 2_000, 20, 1
	cells, err := loads.Run(t.Context(), o, func(loads.Cell) {})
	if err != nil {
		t.Fatal(err)
	}
	if len(cells) != cases {
		t.Errorf("got %d cases, want %d", len(cells), cases)
	}
	for _, c := range cells {
		if len(c.Table.Rows) < 2 || c.Table.Best() == nil {
			t.Errorf("%s: nobody to compare with", c.Name)
		}
		for _, row := range c.Table.Rows {
			if m := row.Median(); m.NS <= 0 || math.IsInf(m.NS, 0) || m.Loads < 0 {
				t.Errorf("%s, %s: %+v", c.Name, row.Name, m)
			}
		}
	}
}
