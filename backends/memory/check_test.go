package memory_test

import (
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		options *memory.Options[string, int]
		want    string
	}{
		"default":   {nil, ""},
		"entries":   {&memory.Options[string, int]{MaxEntries: 10}, ""},
		"cost":      {&memory.Options[string, int]{MaxCost: 10, Cost: func(string, int) int64 { return 1 }}, ""},
		"unbounded": {&memory.Options[string, int]{MaxEntries: memory.Unbounded}, "unbounded"},
		"invalid":   {&memory.Options[string, int]{MaxEntries: -7}, "invalid_options"},
	} {
		cache := memory.New(c.options)
		warnings, err := ctxcache.Check(t.Context(), cache)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := ""
		for _, w := range warnings {
			got += w.Code
		}
		if got != c.want {
			t.Errorf("%s: the warnings are %v, want %q", name, warnings, c.want)
		}
	}
}
