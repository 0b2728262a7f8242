package memory_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// TestExtrasCostNothingAfterClear checks that a cleared cache has forgotten that an entry has needed an extra.
func TestExtrasCostNothingAfterClear(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxBytes: heapBound})
	costs := func(ttl time.Duration) int64 {
		t.Helper()
		if err := c.Clear(t.Context(), ctxcache.Scope[string]{}); err != nil {
			t.Fatal(err)
		}
		mustSet(t, c, "k", 1, ttl)
		cost, err := c.Cost(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return cost
	}
	plain := costs(time.Hour)
	if more := costs(years); more <= plain {
		t.Errorf("an entry with an extra costs %d, and one without %d", more, plain)
	}
	if again := costs(time.Hour); again != plain {
		t.Errorf("after Clear, an entry without an extra costs %d, want %d", again, plain)
	}
}

// TestClearThatFailsRemembersExtras checks that the entries which a failed Clear leaves still count: their chunks have extras.
func TestClearThatFailsRemembersExtras(t *testing.T) {
	c := memory.New(&memory.Options[string, int]{MaxBytes: heapBound})
	mustSet(t, c, "a", 1, years)
	before, err := c.Cost(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Clear(ended, ctxcache.Scope[string]{}); err != context.Canceled {
		t.Fatalf("Clear = %v, want %v", err, context.Canceled)
	}
	mustSet(t, c, "b", 1, time.Hour)
	if after, err := c.Cost(t.Context()); after != 2*before || err != nil {
		t.Errorf("two entries cost %d (error %v), want twice %d", after, err, before)
	}
}
