package memory_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A hit allocates nothing, whatever the value, the deadline and the number of shards; neither does a miss.
func TestReadsDoNotAllocate(t *testing.T) {
	type user struct {
		Name string
		Tags [8]string
	}
	testAllocs(t, "strings", "key:42", "absent", user{Name: "Ada"})
	testAllocs(t, "ints", 42, 43, []byte("value"))
	testAllocs(t, "structs", struct{ ID, Page int }{1, 2}, struct{ ID, Page int }{1, 3}, 1.5)
	testAllocs(t, "interfaces", any("key:42"), any("absent"), 1)
	testAllocs(t, "structs with more", struct {
		Of   any
		Rate float64
	}{"key:42", 1.5}, struct {
		Of   any
		Rate float64
	}{"key:42", 2.5}, 1)
}

func testAllocs[K comparable, V any](t *testing.T, name string, key, absent K, value V) {
	for _, opts := range []*memory.Options[K, V]{
		nil,
		{MaxEntries: memory.Unbounded},
		{Shards: 1, MaxEntries: 100},
		{MaxEntries: 100, SizeCurve: true},
		{MaxEntries: 100, Policy: memory.FIFO},
		{MaxEntries: 100, Policy: memory.LFU},
		{MaxEntries: 100, Policy: memory.MRU},
		{MaxEntries: 100, Policy: memory.RR},
		{MaxCost: 100, Cost: func(K, V) int64 { return 1 }},
		{Shards: 8, MaxEntries: 100, TTL: time.Hour, OnEvict: func(K, V, memory.Cause) {}},
	} {
		c := memory.New(opts)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		mustSet(t, c, key, value, 0)
		for read, call := range map[string]func() error{
			"Get":      func() error { _, err := c.Get(ctx, key); return err },
			"GetEntry": func() error { _, err := c.GetEntry(ctx, key); return err },
			"Contains": func() error { _, err := c.Contains(ctx, key); return err },
			"GetLease": func() error { _, _, err := c.GetLease(ctx, key, 0); return err },
			"miss": func() error {
				if _, err := c.Get(ctx, absent); err != ctxcache.ErrMiss {
					return err
				}
				return nil
			},
		} {
			mustHardlyAllocate(t, name+": "+read, 200, call)
		}
	}
}
