package memory_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

const (
	burst   = 50_000 // entries
	staying = 500    // of them
)

func stays(key int) bool { return key%(burst/staying) == 0 }

// After a burst of entries, the cache takes little more memory than the entries that stay, in whatever way the others leave.
func TestMemoryComesBackAfterABurst(t *testing.T) {
	for name, opts := range map[string]memory.Options[int, [4]int]{
		"adaptive": {},
		"LFU":      {Policy: memory.LFU, Shards: 4},
		"RR":       {Policy: memory.RR, Shards: 4},
	} {
		t.Run(name, func(t *testing.T) { testBurst(t, opts) })
	}
	t.Run("large values", func(t *testing.T) { testBurst(t, memory.Options[int, [64]int]{Shards: 256}) })
}

func testBurst[V comparable](t *testing.T, opts memory.Options[int, V]) {
	opts.MaxEntries = 2 * burst
	for name, leave := range map[string]func(ctx context.Context, c *memory.Cache[int, V]) error{
		"deleted": func(ctx context.Context, c *memory.Cache[int, V]) error {
			for key := range burst {
				if stays(key) {
					continue
				}
				if err := c.Delete(ctx, key); err != nil {
					return err
				}
			}
			return nil
		},
		"expired": func(ctx context.Context, c *memory.Cache[int, V]) error {
			time.Sleep(2 * time.Hour)
			_, err := c.Stats(ctx)
			return err
		},
		"cleared": func(ctx context.Context, c *memory.Cache[int, V]) error {
			return c.Clear(ctx, ctxcache.Scope[int]{Match: func(key int) bool { return !stays(key) }})
		},
		"evicted": func(ctx context.Context, c *memory.Cache[int, V]) error {
			return c.Resize(ctx, memory.Bounds{Entries: staying})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := memory.New(&opts)
				before := heapBytes()
				var value V
				for key := range burst {
					ttl := time.Hour
					if stays(key) {
						ttl = ctxcache.NoExpiry
					}
					mustSet(t, c, key, value, ttl)
				}
				full := heapBytes() - before
				if err := leave(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				if left := heapBytes() - before; left > full/10 {
					t.Errorf("%d bytes are left of %d, with one of %d entries", left, full, burst/staying)
				}
				mustBeSound(t, c)
				if n := entriesOf(t, c); n != staying {
					t.Errorf("%d entries are left, want %d", n, staying)
				}
				for key := range burst {
					if stays(key) && name != "evicted" {
						mustGet(t, c, key, value)
					}
				}
			})
		})
	}
}
