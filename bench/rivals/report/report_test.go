package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/report"
	"github.com/ctxcache/cached/bench/rivals/speed"
)

// forgetful drops every second Set.
type forgetful struct {
	contender.Cache[string, []byte]
	sets int
}

func (f *forgetful) Set(key string, value []byte) {
	if f.sets++; f.sets%2 == 0 {
		f.Cache.Set(key, value)
	}
}

// TestDroppedSetsAreSeen lets a rival drop Sets silently.
func TestDroppedSetsAreSeen(t *testing.T) {
	ours := contender.All()[0]
	drops := contender.Contender{Name: "forgetful", Strings: func(capacity int, ttl time.Duration) (contender.Cache[string, []byte], error) {
		cache, err := ours.Strings(capacity, ttl)
		return &forgetful{Cache: cache}, err
	}}
	cells, err := speed.Run(&speed.Options{
		Contenders: []contender.Contender{ours, drops}, Workloads: speed.Workloads, Goroutines: []int{1}, Procs: []int{1},
		Keys: []string{speed.Strings}, TTLs: []time.Duration{0, time.Hour}, Capacity: 1000, Ops: 2000, Rounds: 1,
	}, func(speed.Cell) {})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := report.Write(&text, &report.Results{Machine: report.ThisMachine(), Rounds: 1, Speed: cells}); err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]int{"forgetful has lost keys": 4, "cached has lost keys": 0} {
		if got := strings.Count(text.String(), what); got != want {
			t.Errorf("the report says %d times %q, want %d:\n%s", got, what, want, text.String())
		}
	}
	for _, c := range cells {
		if kept := c.Table.Row("forgetful").Median().Kept; c.Workload.Unique && (kept < 0.4 || kept > 0.6) {
			t.Errorf("%s: %.2f of the written keys are there", c.Name(), kept)
		}
		if kept := c.Table.Row(contender.Ours).Median().Kept; c.Workload.Unique && kept < 0.9 {
			t.Errorf("%s: ours has %.2f of the written keys", c.Name(), kept)
		}
	}
}
