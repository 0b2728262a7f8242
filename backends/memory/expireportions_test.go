package memory_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// Thousands of entries of one shard expire at once. Whatever comes next removes them in portions, which builds with the race
// detector check.
func TestManyExpiredEntriesLeaveInPortions(t *testing.T) {
	const entries = 5000
	type cache = *memory.Cache[int, int]
	odd := ctxcache.Scope[int]{Match: func(key int) bool { return key%2 == 1 }}
	calls := map[string]func(ctx context.Context, c cache) error{
		"Len":            func(ctx context.Context, c cache) error { _, err := c.Len(ctx, ctxcache.Scope[int]{}); return err },
		"Len of a scope": func(ctx context.Context, c cache) error { _, err := c.Len(ctx, odd); return err },
		"Stats":          func(ctx context.Context, c cache) error { _, err := c.Stats(ctx); return err },
		"Cost":           func(ctx context.Context, c cache) error { _, err := c.Cost(ctx); return err },
		"Clear":          func(ctx context.Context, c cache) error { return c.Clear(ctx, ctxcache.Scope[int]{}) },
		"Clear a scope":  func(ctx context.Context, c cache) error { return c.Clear(ctx, odd) },
		"Resize":         func(ctx context.Context, c cache) error { return c.Resize(ctx, memory.Bounds{Entries: 10, Cost: 10}) },
		"Set":            func(ctx context.Context, c cache) error { return c.Set(ctx, -1, 1, 0) },
		"Delete":         func(ctx context.Context, c cache) error { return c.Delete(ctx, 0) },
		"Evict": func(ctx context.Context, c cache) error {
			if _, _, err := c.Evict(ctx); err != nil && err != ctxcache.ErrMiss {
				return err
			}
			return nil
		},
		"Keys": func(ctx context.Context, c cache) error {
			for _, err := range c.Keys(ctx, ctxcache.Scope[int]{}) {
				if err != nil {
					return err
				}
			}
			return nil
		},
		"Close": func(_ context.Context, c cache) error { return c.Close() },
	}
	for name, call := range calls {
		for stay, left := range map[bool]string{false: "none", true: "half of them"} {
			t.Run(fmt.Sprintf("%s, %s stay", name, left), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					one := func(int, int) int64 { return 1 }
					c := memory.New(&memory.Options[int, int]{MaxEntries: entries, MaxCost: entries, Cost: one, Shards: 1})
					for key := range entries {
						ttl := time.Minute
						if stay && key%2 == 0 {
							ttl = time.Hour
						}
						mustSet(t, c, key, key, ttl)
					}
					time.Sleep(2 * time.Minute)
					if err := call(t.Context(), c); err != nil {
						t.Fatal(err)
					}
					mustBeSound(t, c)
				})
			})
		}
	}
}
