package hitratio_test

import (
	"encoding/csv"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/bench/hitratio"
)

// sweepGenerators simulates on short versions of the generators' traces.
func sweepGenerators(t *testing.T, policies ...string) []*hitratio.Cell {
	t.Helper()
	var traces []*hitratio.Trace
	for _, g := range hitratio.Generators {
		trace, err := g.Trace(1)
		if err != nil {
			t.Fatal(err)
		}
		trace.Keys = trace.Keys[:9_000]
		traces = append(traces, trace)
	}
	small, err := hitratio.ParseSize("1%")
	if err != nil {
		t.Fatal(err)
	}
	large, err := hitratio.ParseSize("700")
	if err != nil {
		t.Fatal(err)
	}
	cells, err := hitratio.Sweep{Sizes: []hitratio.Size{small, large}, Policies: policies, Seeds: 2}.Run(traces)
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

func TestSweep(t *testing.T) {
	cells := sweepGenerators(t, append(slices.Clone(hitratio.Names), hitratio.FixedShares...)...)
	if len(cells) != 2*len(hitratio.Generators) {
		t.Fatalf("there are %d cells", len(cells))
	}
	for _, c := range cells {
		for policy, results := range c.Results {
			if results[0].Requests != 9_000 || results[0].LateRequests != 3_000 || results[0].LateHits > results[0].Hits {
				t.Errorf("%s on %s %v: %+v", policy, c.Trace, c.Size, results[0])
			}
			if c.HitRatio(policy) > c.HitRatio("opt") {
				t.Errorf("%s beats opt on %s %v", policy, c.Trace, c.Size)
			}
		}
	}
	report := hitratio.Report{
		Cells: cells, Policies: hitratio.Names,
		Subsets: []hitratio.Subset{{Name: "popular", Traces: []string{"zipf", "phases"}}},
	}
	checkTables(t, report)
	checkCSV(t, report)
}

func checkTables(t *testing.T, report hitratio.Report) {
	t.Helper()
	var out strings.Builder
	if err := report.WriteTables(&out); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Hit ratio, %", "last third", "Summary", "popular", "zipf-scan", "700", "w-tinylfu-climb"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the tables do not contain %q:\n%s", part, &out)
		}
	}
}

func checkCSV(t *testing.T, report hitratio.Report) {
	t.Helper()
	var out strings.Builder
	if err := report.WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seeded := 3 // w-tinylfu, w-tinylfu-climb and adaptive run twice
	if want := 1 + len(report.Cells)*(len(hitratio.Names)+seeded); len(lines) != want {
		t.Errorf("there are %d lines, not %d", len(lines), want)
	}
}

func TestSummary(t *testing.T) {
	result := func(hits, late int) []hitratio.Result {
		return []hitratio.Result{{Requests: 100, Hits: hits, LateRequests: 50, LateHits: late}}
	}
	two := append(result(30, 20), result(34, 20)...) // two seeds, 32 % in the mean
	cells := []*hitratio.Cell{
		{Trace: "a", Results: map[string][]hitratio.Result{
			"lru": result(20, 10), "opt": result(40, 30), "arc": result(35, 20), "fixed:1": result(37, 1), "fixed:5": result(1, 1), "adaptive": two,
		}},
		{Trace: "b", Results: map[string][]hitratio.Result{
			"lru": result(50, 25), "opt": result(60, 30), "arc": result(40, 20), "fixed:1": result(50, 1), "fixed:5": result(2, 1), "adaptive": result(48, 25),
		}},
	}
	for _, c := range cells {
		for _, policy := range hitratio.FixedShares[2:] {
			c.Results[policy] = result(1, 1)
		}
	}
	s := hitratio.Summarize(cells, "adaptive")
	for _, check := range []struct {
		name      string
		got, want float64
	}{
		{"closed", s.Closed, (0.12 - 0.02) / 0.30},
		{"late closed", s.LateClosed, 0.20 / 0.50},
		{"worst to classic", s.WorstToClassic, -0.03},
		{"worst to lru", s.WorstToLRU, -0.02},
		{"mean regret", s.RegretMean, (0.05 + 0.02) / 2},
		{"largest regret", s.RegretMax, 0.05},
		{"spread", s.Spread, 0.04},
		{"closed in a cell", cells[1].Closed("adaptive"), -0.2},
	} {
		if math.Abs(check.got-check.want) > 1e-9 {
			t.Errorf("%s is %v, not %v", check.name, check.got, check.want)
		}
	}
	if s.WorstToClassicCell != cells[0] || s.WorstToLRUCell != cells[1] {
		t.Errorf("the worst cells are %v and %v", s.WorstToClassicCell, s.WorstToLRUCell)
	}
	delete(cells[0].Results, "fixed:90")
	if regret := hitratio.Summarize(cells[:1], "adaptive").RegretMean; !math.IsNaN(regret) {
		t.Errorf("without one of the fixed shares, the regret is %v", regret)
	}
}

func TestSweepRefuses(t *testing.T) {
	for _, s := range []hitratio.Sweep{
		{Policies: []string{"lru"}, Seeds: 1},
		{Sizes: hitratio.DefaultSizes, Policies: []string{"lru"}},
		{Sizes: hitratio.DefaultSizes, Policies: []string{"mru"}, Seeds: 1},
	} {
		if _, err := s.Run(nil); err == nil {
			t.Errorf("%+v runs", s)
		}
	}
}

// TestSweepOfASizeBeyondTheTrace checks that a huge cache of few keys takes little memory, and has the results of any other
// that has room for all keys.
func TestSweepOfASizeBeyondTheTrace(t *testing.T) {
	trace := &hitratio.Trace{Name: "test", Keys: []uint32{0, 1, 0, 2, 1, 0, 2, 2, 0}, Distinct: 3}
	sweep := hitratio.Sweep{Policies: append(slices.Clone(hitratio.Names), hitratio.FixedShares...), Seeds: 2}
	for _, text := range []string{"1000", "2147483647"} {
		size, err := hitratio.ParseSize(text)
		if err != nil {
			t.Fatal(err)
		}
		sweep.Sizes = append(sweep.Sizes, size)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cells, err := sweep.Run([]*hitratio.Trace{trace})
	if err != nil {
		t.Fatal(err)
	}
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<20 {
		t.Errorf("three keys take %d bytes", after.TotalAlloc-before.TotalAlloc)
	}
	if len(cells) != 2 || cells[1].Capacity != math.MaxInt32 || !reflect.DeepEqual(cells[0].Results, cells[1].Results) {
		t.Fatalf("the results differ: %+v", cells)
	}
	for policy, results := range cells[1].Results {
		if results[0].Hits != len(trace.Keys)-trace.Distinct {
			t.Errorf("%s hits %d times, though nothing is ever evicted", policy, results[0].Hits)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, text := range []string{"1", "1000", "0.1%", "100%"} {
		if size, err := hitratio.ParseSize(text); err != nil || size.String() != text {
			t.Errorf("size %s is read as %v, with the error %v", text, size, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "x", "0%", "101%", "%", "NaN%", "1.5", "99999999999"} {
		if size, err := hitratio.ParseSize(text); err == nil {
			t.Errorf("size %q is read as %v", text, size)
		}
	}
}

func TestDefaultSizesLeaveOutTinyShares(t *testing.T) {
	for distinct, want := range map[int]int{99_999: 4, 100_000: 5} {
		trace := &hitratio.Trace{Name: "test", Keys: make([]uint32, 3), Distinct: distinct}
		cells, err := hitratio.Sweep{Sizes: hitratio.DefaultSizes, Policies: []string{"lru"}, Seeds: 1}.Run([]*hitratio.Trace{trace})
		if err != nil || len(cells) != want {
			t.Errorf("%d distinct keys have %d cells, not %d, and the error is %v", distinct, len(cells), want, err)
		}
	}
}
