package ctxcache_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

func ExampleStats_String() {
	fmt.Print(ctxcache.Stats{
		Name: "users", Reads: 1000, Hits: 890, Negatives: 10, Misses: 100, Writes: 100, Entries: -1,
		Children: []ctxcache.Stats{
			{Name: "near", Reads: 1000, Hits: 700, Misses: 300, Evictions: 12, Entries: 500},
			{Name: "far", Entries: -1},
		},
	})
	// Output:
	// cache   hit rate  reads  hits  negatives  misses  writes  evictions  entries
	// users      90.0%   1000   890         10     100     100          0        -
	//   near     70.0%   1000   700          0     300       0         12      500
	//   far          -      0     0          0       0       0          0        -
}

// A cache that estimates its hit rate at other sizes has columns for them.
func ExampleSizePoint() {
	curve := []ctxcache.SizePoint{
		{Size: 0.5, Hits: 550, Reads: 1000, Sampled: 21},
		{Size: 1, Hits: 700, Reads: 1000, Sampled: 21},
		{Size: 2, Hits: 790, Reads: 1000, Sampled: 21},
	}
	fmt.Print(ctxcache.Stats{
		Name: "users", Reads: 1000, Hits: 900, Misses: 100, Entries: -1,
		Children: []ctxcache.Stats{{Name: "near", Reads: 1000, Hits: 700, Misses: 300, Entries: 500, SizeCurve: curve}},
	})
	// Output:
	// cache   hit rate  at 0.5x  at 2x  reads  hits  misses  entries
	// users      90.0%        -      -   1000   900     100        -
	//   near     70.0%    55.0%  79.0%   1000   700     300      500
}

// Points of the same size are added up, and the curves that were added do not change.
func TestStatsAddAddsCurves(t *testing.T) {
	one := ctxcache.Stats{SizeCurve: []ctxcache.SizePoint{{1, 5, 10, 1}, {2, 8, 10, 1}}}
	more := ctxcache.Stats{SizeCurve: []ctxcache.SizePoint{{0.5, 1, 20, 3}, {1, 2, 20, 3}, {2, 3, 20, 3}}}
	var total ctxcache.Stats
	total.Add(ctxcache.Stats{})
	if total.SizeCurve != nil {
		t.Errorf("a sum of nothing has the curve %v", total.SizeCurve)
	}
	total.Add(one)
	total.Add(more)
	total.Add(ctxcache.Stats{})
	want := []ctxcache.SizePoint{{0.5, 1, 20, 3}, {1, 7, 30, 4}, {2, 11, 30, 4}}
	if !slices.Equal(total.SizeCurve, want) {
		t.Errorf("the sum is %v, want %v", total.SizeCurve, want)
	}
	if one.SizeCurve[0] != (ctxcache.SizePoint{Size: 1, Hits: 5, Reads: 10, Sampled: 1}) {
		t.Errorf("a part has changed: %v", one.SizeCurve)
	}
}

func TestSizePointHitRate(t *testing.T) {
	for p, want := range map[ctxcache.SizePoint]float64{
		{}:                    0,
		{Hits: 1, Reads: 4}:   0.25,
		{Hits: -1, Reads: 4}:  0, // the difference of two estimates
		{Hits: 5, Reads: 4}:   1,
		{Hits: -1, Reads: -4}: 0,
	} {
		if got := p.HitRate(); got != want {
			t.Errorf("%+v: %v, want %v", p, got, want)
		}
	}
}

func TestHitRate(t *testing.T) {
	for _, test := range []struct {
		stats ctxcache.Stats
		want  float64
	}{
		{ctxcache.Stats{}, 0},
		{ctxcache.Stats{Reads: 5}, 0},
		{ctxcache.Stats{Hits: 3, Misses: 1}, 0.75},
		{ctxcache.Stats{Hits: 2, Negatives: 1, Misses: 1}, 0.75},
	} {
		if got := test.stats.HitRate(); got != test.want {
			t.Errorf("%+v: %v", test.stats, got)
		}
	}
}

// Every counter is added, one that is new included.
func TestStatsAddAddsEveryCounter(t *testing.T) {
	counted := func() ctxcache.Stats {
		var s ctxcache.Stats
		v := reflect.ValueOf(&s).Elem()
		for i := range v.NumField() {
			switch field := v.Field(i); field.Kind() {
			case reflect.Uint64:
				field.SetUint(uint64(i + 1))
			case reflect.Int64:
				field.SetInt(int64(i + 1))
			}
		}
		return s
	}
	total, more := counted(), counted()
	total.Children, more.Children = []ctxcache.Stats{counted()}, []ctxcache.Stats{counted(), counted()}
	total.Add(more)
	check := func(s ctxcache.Stats, times int) {
		v := reflect.ValueOf(s)
		for i := range v.NumField() {
			name, field := v.Type().Field(i).Name, v.Field(i)
			switch {
			case field.CanUint() && field.Uint() != uint64(times*(i+1)), field.CanInt() && field.Int() != int64(times*(i+1)):
				t.Errorf("%s is %v, want %d", name, field, times*(i+1))
			}
		}
	}
	check(total, 2)
	check(total.Children[0], 2)
	check(total.Children[1], 1)

	total.Add(ctxcache.Stats{Entries: -1, Missed: -1})
	total.Add(ctxcache.Stats{Entries: 1, Missed: 1})
	if total.Entries != -1 || total.Missed != -1 {
		t.Errorf("Entries is %d and Missed %d after unknown ones were added", total.Entries, total.Missed)
	}
}

// counting is a node with counters.
type counting struct {
	stats    ctxcache.Stats
	err      error
	children []ctxcache.Node
}

func (c *counting) Describe() ctxcache.Description {
	return ctxcache.Description{Kind: c.stats.Name, Children: c.children}
}

func (c *counting) Stats(ctx context.Context) (ctxcache.Stats, error) {
	if c.err != nil {
		return ctxcache.Stats{}, c.err
	}
	return ctxcache.StatsUnder(ctx, c.stats, c)
}

func TestStatsUnderKeepsWhatCanBeHad(t *testing.T) {
	down := errors.New("down")
	near := &counting{stats: ctxcache.Stats{Name: "near", Hits: 1, Entries: 5}}
	silent := &counting{err: errors.ErrUnsupported}
	far := &counting{err: down}
	top := &counting{stats: ctxcache.Stats{Name: "top", Hits: 2, Entries: -1}, children: []ctxcache.Node{near, silent, far}}
	stats, err := ctxcache.StatsOf(t.Context(), top)
	if err != down || stats.Hits != 2 || len(stats.Children) != 1 || stats.Children[0].Hits != 1 || stats.Entries != -1 {
		t.Errorf("got %+v, %v", stats, err)
	}
	top.children = []ctxcache.Node{silent, near}
	if stats, err = ctxcache.StatsOf(t.Context(), top); err != nil || stats.Entries != 5 {
		t.Errorf("without far: %+v, %v", stats, err)
	}
	if _, err := ctxcache.StatsOf(t.Context(), ctxcache.NodeOf[string, string](newThree())); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("of a cache that counts nothing: %v", err)
	}
}

// The table has a column for missed keys if there are any, or nobody knows how many there are.
func TestStatsTableOfMissedKeys(t *testing.T) {
	for _, test := range []struct {
		missed int64
		want   string
	}{
		{0, "cache  hit rate  entries\nc             -        1"},
		{7, "cache  hit rate  missed  entries\nc             -       7        1"},
		{-1, "cache  hit rate  missed  entries\nc             -       -        1"},
	} {
		if got := (ctxcache.Stats{Name: "c", Missed: test.missed, Entries: 1}).String(); got != test.want {
			t.Errorf("%d missed:\n%s\nwant:\n%s", test.missed, got, test.want)
		}
	}
}
