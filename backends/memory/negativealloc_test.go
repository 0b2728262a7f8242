package memory_test

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Negative entries take memory while their number grows, and none afterwards: neither a read nor a write of another absent key.
func TestNegativeEntriesDoNotAllocate(t *testing.T) {
	for _, policy := range everyPolicy() {
		c := memory.New(&memory.Options[int, int]{MaxEntries: 8000, Shards: 1, Policy: policy}) // a thousand of them negative
		ctx, next := t.Context(), 0
		write := func() error {
			next++
			return c.SetEntry(ctx, next, ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}})
		}
		for range 3000 {
			if err := write(); err != nil {
				t.Fatal(err)
			}
		}
		mustHardlyAllocate(t, policy.String()+": a write", 1000, write)
		mustHardlyAllocate(t, policy.String()+": a read", 1000, func() error {
			if _, err := c.Get(ctx, next); err != ctxcache.ErrNotFound {
				t.Fatalf("Get = %v, want ErrNotFound", err)
			}
			return nil
		})
	}
}
