package memory_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// The eviction order is that of a literal LRU: a slice of keys, the oldest first.
func TestEvictionOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var order, evicted, wantEvicted []int
		room := rapid.IntRange(1, 8).Draw(t, "room")
		c := memory.New(&memory.Options[int, int]{
			MaxEntries: room,
			Shards:     1,
			OnEvict: func(key, _ int, cause memory.Cause) {
				if cause == memory.Evicted {
					evicted = append(evicted, key)
				}
			},
		})
		ctx := t.Context()
		use := func(key int) {
			if i := slices.Index(order, key); i >= 0 {
				order = append(slices.Delete(order, i, i+1), key)
			}
		}
		write := func(key int) {
			if slices.Contains(order, key) {
				use(key)
				return
			}
			if len(order) == room {
				wantEvicted = append(wantEvicted, order[0])
				order = order[1:]
			}
			order = append(order, key)
		}
		key := rapid.IntRange(0, 12)
		t.Repeat(map[string]func(*rapid.T){
			"Set": func(t *rapid.T) {
				k := key.Draw(t, "key")
				if err := c.Set(ctx, k, k, 0); err != nil {
					t.Fatal(err)
				}
				write(k)
			},
			"Fill": func(t *rapid.T) {
				k := key.Draw(t, "key")
				_, lease, _ := c.GetLease(ctx, k, ctxcache.NoExpiry) // the lease tells enough
				if err := lease.Fill(ctx, ctxcache.Entry[int]{Value: k}); err != nil {
					t.Fatal(err)
				}
				write(k)
			},
			"Get": func(t *rapid.T) {
				k := key.Draw(t, "key")
				if _, err := c.Get(ctx, k); (err == nil) != slices.Contains(order, k) {
					t.Fatalf("Get(%d): %v, the model has %v", k, err, order)
				}
				use(k)
			},
			"GetEntry": func(t *rapid.T) {
				k := key.Draw(t, "key")
				if _, err := c.GetEntry(ctx, k); (err == nil) != slices.Contains(order, k) {
					t.Fatalf("GetEntry(%d): %v, the model has %v", k, err, order)
				}
				use(k)
			},
			"Contains": func(t *rapid.T) { // no use
				k := key.Draw(t, "key")
				if has, err := c.Contains(ctx, k); err != nil || has != slices.Contains(order, k) {
					t.Fatalf("Contains(%d) = %v, %v; the model has %v", k, has, err, order)
				}
			},
			"Delete": func(t *rapid.T) {
				k := key.Draw(t, "key")
				if err := c.Delete(ctx, k); err != nil {
					t.Fatal(err)
				}
				order = slices.DeleteFunc(order, func(o int) bool { return o == k })
			},
			"Clear": func(t *rapid.T) {
				odd := func(k int) bool { return k%2 == 1 }
				if err := c.Clear(ctx, ctxcache.Scope[int]{Match: odd}); err != nil {
					t.Fatal(err)
				}
				order = slices.DeleteFunc(order, odd)
			},
			"": func(t *rapid.T) {
				if !slices.Equal(evicted, wantEvicted) {
					t.Fatalf("evicted %v, want %v", evicted, wantEvicted)
				}
				if err := c.Check(); err != nil {
					t.Fatal(err)
				}
			},
		})
	})
}
