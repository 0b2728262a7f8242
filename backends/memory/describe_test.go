package memory_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func TestDescribe(t *testing.T) {
	cost := func(string, int) int64 { return 1 }
	for name, test := range map[string]struct {
		opts *memory.Options[string, int]
		want []ctxcache.Option
	}{
		"bounded": {
			&memory.Options[string, int]{MaxEntries: 100, TTL: time.Hour, Policy: memory.LFU},
			described(100, 0, 12, "LFU", 1, time.Hour, time.Minute),
		},
		"by cost": {
			&memory.Options[string, int]{MaxCost: 7, Cost: cost, LeaseTTL: time.Second},
			described(memory.Unbounded, 7, 1, "adaptive", 1, ctxcache.NoExpiry, time.Second),
		},
		"unbounded": {
			&memory.Options[string, int]{MaxEntries: memory.Unbounded, Shards: 4},
			described(memory.Unbounded, 0, memory.Unbounded, "default", 4, ctxcache.NoExpiry, time.Minute),
		},
		"few negatives": {
			&memory.Options[string, int]{MaxEntries: 100, MaxNegative: 7},
			described(100, 0, 7, "adaptive", 1, ctxcache.NoExpiry, time.Minute),
		},
		"no negatives": {
			&memory.Options[string, int]{MaxEntries: 100, MaxNegative: memory.NoNegatives},
			described(100, 0, 0, "adaptive", 1, ctxcache.NoExpiry, time.Minute),
		},
	} {
		d := memory.New(test.opts).Describe()
		if want := (ctxcache.Description{Kind: "memory", Options: test.want}); !reflect.DeepEqual(d, want) {
			t.Errorf("%s: %+v, want %+v", name, d, want)
		}
	}
}

func described(
	maxEntries int, maxCost int64, maxNegative int, policy string, shards int, ttl, leaseTTL time.Duration,
) []ctxcache.Option {
	return []ctxcache.Option{
		{Name: "max_entries", Value: maxEntries},
		{Name: "max_cost", Value: maxCost},
		{Name: "max_bytes", Value: int64(0)},
		{Name: "max_negative", Value: maxNegative},
		{Name: "policy", Value: policy},
		{Name: "shards", Value: shards},
		{Name: "ttl", Value: ttl},
		{Name: "idle", Value: ctxcache.NoExpiry},
		{Name: "lease_ttl", Value: leaseTTL},
		{Name: "size_curve", Value: false},
	}
}

// An error names the very operation that was called.
func TestErrorsNameTheOperation(t *testing.T) {
	c := memory.New[string, int](nil)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for call, err := range everyCall(t.Context(), c) {
		method, _, _ := strings.Cut(call, " ")
		failure, ok := errors.AsType[*ctxcache.Error](err)
		if want := snakeCase(method); !ok || string(failure.Op) != want || failure.Layer != "memory" {
			t.Errorf("%s: %v, want an error of memory %s", call, err, want)
		}
	}
}

// snakeCase returns the name of a method as an operation spells it.
func snakeCase(name string) string {
	var out strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
