package bench_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/tracing"
)

// layersOver are the layers that should add very little to a hit, by name.
var layersOver = []struct {
	name string
	over func(ctxcache.Cache[string, string]) ctxcache.Cache[string, string]
}{
	{"none", func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] { return c }},
	{"stats", func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] { return layers.Stats(c, "bench") }},
	{"prefixed", func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
		return layers.Prefixed(c, "bench:")
	}},
	{"expiring", func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
		return layers.Expiring(c, layers.Expiry{Max: time.Hour})
	}},
	{"traced", func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
		return tracing.Traced(c, "bench", nil)
	}},
	{"cloned", func(c ctxcache.Cache[string, string]) ctxcache.Cache[string, string] {
		return layers.Cloned(c, func(value string) string { return value })
	}},
}

// BenchmarkRemove measures the package function, which names the layer that refuses, and the method, which does not.
func BenchmarkRemove(b *testing.B) {
	ctx := context.Background()
	cache := newMemory()
	b.Run("by=function", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ctxcache.Remove(ctx, cache, key); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("by=method", func(b *testing.B) {
		b.ReportAllocs()
		removing := cache.(ctxcache.RemoveCache[string])
		for b.Loop() {
			if _, err := removing.Remove(ctx, key); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkLayers measures a hit through one layer over memory, by Get and by GetEntry.
func BenchmarkLayers(b *testing.B) {
	ctx := context.Background()
	for _, layer := range layersOver {
		cache := layer.over(newMemory())
		warm(b, cache)
		b.Run("layer="+layer.name+"/get", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := cache.Get(ctx, key); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("layer="+layer.name+"/get_entry", func(b *testing.B) {
			b.ReportAllocs()
			entries := cache.(ctxcache.EntryCache[string, string]) // called directly, because the package function also looks up capabilities
			for b.Loop() {
				if _, err := entries.GetEntry(ctx, key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
