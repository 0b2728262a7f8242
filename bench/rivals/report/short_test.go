package report_test

import (
	"strings"
	"testing"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/report"
	"github.com/ctxcache/cached/bench/rivals/rounds"
	"github.com/ctxcache/cached/bench/rivals/speed"
)

// writes returns cells of unique writes with a TTL, one for each of the times of this library. The other contender takes 100.
func writes(other string, ours ...float64) []speed.Cell {
	var cells []speed.Cell
	for i, ns := range ours {
		cells = append(cells, speed.Cell{
			Workload: speed.Workload{Name: "write unique"}, Keys: speed.Strings, TTL: true, Goroutines: i + 1, Procs: 1,
			Table: &rounds.Table{Rows: []rounds.Row{
				{Name: contender.Ours, Samples: []rounds.Sample{{NS: ns}}},
				{Name: other, Rival: true, Samples: []rounds.Sample{{NS: 100}}},
			}},
		})
	}
	return cells
}

func written(t *testing.T, r *report.Results) string {
	t.Helper()
	var text strings.Builder
	if err := report.Write(&text, r); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// The goal is 0.36, and is between the mean of both settings and the larger one.
func TestShortHasTheMedianOfAnEvenNumberOfSettings(t *testing.T) {
	text := written(t, &report.Results{Speed: writes(contender.Otter, 30, 40)})
	want := "| write unique, string keys, TTL | 0.30, 0.35, 0.40 | 0 of 2 | 0.30, 0.35, 0.40 | 0.36, met |"
	if !strings.Contains(text, want) {
		t.Errorf("the report has no %q:\n%s", want, text)
	}
}

func TestGoalsAreUnknownWithoutOtter(t *testing.T) {
	text := written(t, &report.Results{Speed: writes("theine", 30, 40)})
	for _, want := range []string{
		"| write unique, string keys, TTL | 0.30, 0.35, 0.40 | 0 of 2 | - | - |",
		"| `cached` / best rival | 0.30 | 0.40 |", "| `cached` / otter | - | - |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report has no %q:\n%s", want, text)
		}
	}
}
