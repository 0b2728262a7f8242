package rounds_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/bench/rivals/rounds"
)

func TestEntrantsTakeTurns(t *testing.T) {
	var order []string
	entrant := func(name string, rival bool, times ...float64) rounds.Entrant {
		turns := 0
		return rounds.Entrant{Name: name, Rival: rival, Turn: func() (rounds.Sample, error) {
			order = append(order, name)
			turns++
			return rounds.Sample{NS: times[turns-1], Hits: -1}, nil
		}}
	}
	table, err := rounds.Run([]rounds.Entrant{
		entrant("a", false, 10, 40, 30), entrant("b", true, 20, 20, 20), entrant("c", true, 50, 10, 30), entrant("d", false, 1, 1, 1),
	}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(order, ""); got != "abcd"+"bcda"+"cdab" {
		t.Errorf("the order was %s", got)
	}
	if best := table.Best(); best.Name != "b" {
		t.Errorf("the best rival is %s", best.Name)
	}
	a := table.Row("a")
	if got := a.Median(); got.NS != 30 || got.Hits != -1 {
		t.Errorf("got the medians %+v", got)
	}
	if fastest, slowest := a.Spread(); fastest != 10 || slowest != 40 {
		t.Errorf("got %v to %v", fastest, slowest)
	}
	if got := a.Ratio(table.Row("c")); got != 1 { // of 0.2, 4 and 1
		t.Errorf("got the ratio %v", got)
	}
	if table.Row("e") != nil {
		t.Error("there is a row for nobody")
	}
}

func TestErrorsStopTheRounds(t *testing.T) {
	broken := errors.New("broken")
	_, err := rounds.Run([]rounds.Entrant{{Name: "a", Turn: func() (rounds.Sample, error) { return rounds.Sample{}, broken }}}, 2)
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "a: ") {
		t.Errorf("got %v", err)
	}
}

func TestGoroutinesShareTheOperations(t *testing.T) {
	const ops, goroutines = 1003, 7
	parts := make(chan [2]int, goroutines)
	sample, found := rounds.Measure(ops, goroutines, func(from, to int) int {
		parts <- [2]int{from, to}
		return to - from
	})
	if found != ops || sample.NS <= 0 || math.IsInf(sample.NS, 0) {
		t.Errorf("found %d of %d: %+v", found, ops, sample)
	}
	close(parts)
	var all [][2]int
	for part := range parts {
		all = append(all, part)
	}
	slices.SortFunc(all, func(a, b [2]int) int { return a[0] - b[0] })
	next := 0
	for _, part := range all {
		if part[0] != next {
			t.Fatalf("the parts are %v", all)
		}
		next = part[1]
	}
	if len(all) != goroutines || next != ops {
		t.Errorf("the parts are %v", all)
	}
}
