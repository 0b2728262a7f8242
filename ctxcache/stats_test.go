package ctxcache_test

import (
	"fmt"
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
