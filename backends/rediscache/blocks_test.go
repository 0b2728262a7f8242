package rediscache_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// A caller that keeps one of many values keeps little else in memory.
func TestValueOfManyKeepsAFewOthersOnly(t *testing.T) {
	server := redistest.Shared(t)
	for name, cache := range map[string]*rediscache.Cache{
		"Open": open(t, server.URL(), server.Client(t), rediscache.Options{Prefix: nextPrefix()}).Cache,
		"New":  newCache(t, server.Client(t), &rediscache.Options{Prefix: nextPrefix()}),
	} {
		t.Run(name, func(t *testing.T) { keepsFew(t, cache) })
	}
}

func keepsFew(t *testing.T, cache *rediscache.Cache) {
	for _, size := range []int{1, 100, 512, 513, 5000} {
		keys, entries := make([]string, 100), make(map[string]entry)
		for i := range keys {
			keys[i] = fmt.Sprintf("size%d-%d", size, i)
			entries[keys[i]] = ctxcache.NewEntry([]byte(strings.Repeat("x", size)), hour)
		}
		must(t, cache.SetEntries(t.Context(), entries))
		values, err := cache.GetMany(t.Context(), keys)
		must(t, err)
		found, err := cache.GetEntries(t.Context(), keys)
		must(t, err)
		for _, key := range keys {
			for what, value := range map[string][]byte{"GetMany": values[key], "GetEntries": found[key].Value} {
				if len(value) != size || cap(value) != size {
					t.Fatalf("%s: a value of %d bytes has length %d and capacity %d", what, size, len(value), cap(value))
				}
			}
		}
		for what, keep := range map[string]func() []byte{
			"GetMany": func() []byte {
				values, err := cache.GetMany(t.Context(), keys)
				must(t, err)
				return values[keys[50]]
			},
			"GetEntries": func() []byte {
				found, err := cache.GetEntries(t.Context(), keys)
				must(t, err)
				return found[keys[50]].Value
			},
		} {
			const kept = 100
			before := heap()
			all := make([][]byte, 0, kept)
			for range kept {
				all = append(all, keep())
			}
			grown := int(heap()-before) / kept
			runtime.KeepAlive(all)
			if most := max(size, 4<<10) + 2<<10; grown > most {
				t.Errorf("%s: a value of %d bytes keeps %d", what, size, grown)
			}
		}
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // so that pools are empty
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
