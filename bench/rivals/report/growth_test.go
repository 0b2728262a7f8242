package report_test

import (
	"strings"
	"testing"

	"github.com/ctxcache/cached/bench/rivals/growth"
	"github.com/ctxcache/cached/bench/rivals/report"
	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// TestCliffsAreMarked has a step of 1.9 and one of 2.1.
func TestCliffsAreMarked(t *testing.T) {
	row := func(name string, times ...float64) rounds.Row {
		r := rounds.Row{Name: name}
		for _, ns := range times {
			r.Samples = append(r.Samples, rounds.Sample{NS: ns, CPU: ns / 2})
		}
		return r
	}
	g := &report.Growth{BySize: []growth.Curve{{
		Name: "read hit", Xs: []int{1000, 10_000, 100_000},
		Table: &rounds.Table{Rows: []rounds.Row{row("1000", 10, 20, 10), row("10000", 19, 38, 100), row("100000", 39.9, 79.8, 1)}},
	}}}
	var text strings.Builder
	if err := report.WriteGrowth(&text, g, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Cliffs: read hit, from 10000 to 100000: 2.10 (CPU time: 2.10).", "The machine was busy.", "| **2.10** |", "| 1.90 |"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the report has no %q:\n%s", want, text.String())
		}
	}
	if strings.Contains(text.String(), "**1.90**") {
		t.Error("a small step is marked")
	}
}

// One of two operations took long, and the mean of both is below the limit of 1.1.
func TestOneSlowOperationOfTwoIsNotABusyMachine(t *testing.T) {
	g := &report.Growth{BySize: []growth.Curve{{
		Name: "read hit", Xs: []int{1000, 2000}, Table: &rounds.Table{Rows: []rounds.Row{
			{Name: "1000", Samples: []rounds.Sample{{NS: 10, CPU: 10}}}, {Name: "2000", Samples: []rounds.Sample{{NS: 11.6, CPU: 10}}},
		}},
	}}}
	var text strings.Builder
	if err := report.WriteGrowth(&text, g, false); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "The machine was busy") {
		t.Errorf("the report warns of a busy machine:\n%s", text.String())
	}
}
