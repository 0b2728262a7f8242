package hits_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/hits"
)

// handmade are two cells with numbers that can be seen through.
func handmade() []hits.Cell {
	return []hits.Cell{
		{
			Trace: "a", Percent: 1, Best: hits.Ratio{Whole: 50, Late: 60}, Seeds: []float64{24, 26}, Fixed: []float64{20, 28, 21, 20, 20, 20, 20},
			Alone: map[string]hits.Ratio{
				contender.Ours: {Whole: 25, Late: 30}, hits.Reference: {Whole: 10, Late: 20}, "otter": {Whole: 20, Late: 10},
				"theine": {Whole: 29, Late: 15}, "ttlcache": {Whole: 49, Late: 49},
			},
			Shared: map[string]float64{contender.Ours: 23},
		},
		{
			Trace: "b", Percent: 5, Best: hits.Ratio{Whole: 80, Late: 80}, Seeds: []float64{58, 58}, Fixed: []float64{58, 57, 57, 57, 57, 57, 57},
			Alone: map[string]hits.Ratio{
				contender.Ours: {Whole: 58, Late: 60}, hits.Reference: {Whole: 60, Late: 60}, "otter": {Whole: 50, Late: 70}, "theine": {Whole: 40, Late: 70},
				"ttlcache": {Whole: 79, Late: 79},
			},
			Shared: map[string]float64{contender.Ours: 59},
		},
	}
}

func TestSharesOfTheDistance(t *testing.T) {
	cells := handmade()
	for name, want := range map[string]hits.Ratio{
		contender.Ours: {Whole: 100 * (15. - 2) / 60, Late: 100 * 10. / 60}, hits.Reference: {},
		hits.Hindsight: {Whole: 100 * (19. - 10) / 60, Late: 100 * (-5. + 10) / 60},
	} {
		if got := hits.Closed(cells, name); math.Abs(got.Whole-want.Whole) > 1e-9 || math.Abs(got.Late-want.Late) > 1e-9 {
			t.Errorf("%s closes %+v, want %+v", name, got, want)
		}
	}
	only := hits.Only(cells, func(c *hits.Cell) bool { return c.Trace == "b" })
	if got := hits.Mean(only, hits.Hindsight); got != (hits.Ratio{Whole: 50, Late: 70}) {
		t.Errorf("the mean of b is %+v", got)
	}
}

func TestRequirements(t *testing.T) {
	want := []struct {
		value float64
		met   bool
		fails string
	}{
		{-2, false, "b at 5.0 %"}, // 58 and an LRU's 60
		{1.5, false, ""},          // the mean of the next one and 0
		{3, false, "a at 1.0 %"},  // 25, and 28 with a share of 5 %
		{-4, false, "a at 1.0 %"}, // 25 and theine's 29
		{100 * 4. / 60, true, ""}, // 13 and 9 of 60
		{-2, false, "a at 1.0 %"}, // 23 and 25
	}
	cells := handmade()
	for i, r := range hits.Requirements(cells) {
		var fails []string
		for _, d := range r.Fails {
			fails = append(fails, d.Cell.Name())
		}
		if math.Abs(r.Value-want[i].value) > 1e-9 || r.Met() != want[i].met || strings.Join(fails, ",") != want[i].fails {
			t.Errorf("%s: got %v, met %v, fails %v; want %+v", r.Text, r.Value, r.Met(), fails, want[i])
		}
	}
	for i := range cells {
		cells[i].Alone[contender.Ours] = hits.Ratio{Whole: cells[i].Best.Whole}
		cells[i].Shared[contender.Ours] = cells[i].Best.Whole
	}
	for _, r := range hits.Requirements(cells) {
		if !r.Met() || len(r.Fails) > 0 {
			t.Errorf("%s: %v does not meet it with the best policy", r.Text, r.Value)
		}
	}
	if d := hits.Spreads(cells)[0]; d.Points != 2 || d.Cell.Trace != "a" {
		t.Errorf("the worst spread is %+v", d)
	}
}
