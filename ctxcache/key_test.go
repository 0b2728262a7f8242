package ctxcache_test

import (
	"math"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

type (
	userID string
	day    struct {
		year, month, day int
		zone             userID
	}
)

// Every call of a cached function checks its key. For types whose values can all be keys, it looks at the type only.
func TestCheckKeyDoesNotAllocate(t *testing.T) {
	for name, check := range map[string]func() error{
		"string":         func() error { return ctxcache.CheckKey("ada") },
		"a string type":  func() error { return ctxcache.CheckKey(userID("ada")) },
		"int64":          func() error { return ctxcache.CheckKey(int64(1)) },
		"float64":        func() error { return ctxcache.CheckKey(1.5) },
		"an array":       func() error { return ctxcache.CheckKey([2]userID{"a", "b"}) },
		"a struct":       func() error { return ctxcache.CheckKey(day{2026, 1, 2, "UTC"}) },
		"a pointer type": func() error { return ctxcache.CheckKey(&day{}) },
	} {
		if err := check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		allowed := 0.0
		if name == "a pointer type" {
			allowed = 1 // the day
		}
		if allocs := testing.AllocsPerRun(100, func() { _ = check() }); allocs > allowed {
			t.Errorf("%s: %v allocations", name, allocs)
		}
	}
	for name, err := range map[string]error{
		"float32":    ctxcache.CheckKey(float32(math.NaN())),
		"float64":    ctxcache.CheckKey(math.NaN()),
		"complex64":  ctxcache.CheckKey(complex(float32(math.NaN()), 0)),
		"complex128": ctxcache.CheckKey(complex(0, math.NaN())),
	} {
		if err != ctxcache.ErrKey {
			t.Errorf("%s, not equal to itself: %v", name, err)
		}
	}
}
