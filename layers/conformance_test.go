package layers_test

import (
	"bytes"
	"log/slog"
	"slices"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/layers"
)

// bytesCache is what the conformance suite is about.
type bytesCache = ctxcache.Cache[string, []byte]

// conformanceLayers are put over every store.
var conformanceLayers = []struct {
	name string
	over func(store bytesCache) bytesCache
}{
	{"Keyed", func(c bytesCache) bytesCache {
		return layers.Keyed(c, reversed, func(s string) (string, bool) { back, err := reversed(s); return back, err == nil })
	}},
	{"Keyed-one-way", func(c bytesCache) bytesCache { return layers.Keyed(c, reversed, nil) }},
	{"Prefixed", func(c bytesCache) bytesCache { return layers.Prefixed(c, "some:") }},
	{"Encoded-JSON", func(c bytesCache) bytesCache { return layers.Encoded(c, layers.JSON[[]byte]{}) }},
	{"Encoded-Gob", func(c bytesCache) bytesCache { return layers.Encoded(c, layers.Gob[[]byte]{}) }},
	{"Text", func(c bytesCache) bytesCache { return layers.Text(layers.Encoded(c, plainText{})) }},
	{"Stats", func(c bytesCache) bytesCache { return layers.Stats(c, "test") }},
	{"Expiring", func(c bytesCache) bytesCache { return layers.Expiring(c, layers.Expiry{}) }},
	{"Cloned", func(c bytesCache) bytesCache { return layers.Cloned(c, bytes.Clone) }},
	{"Debug", func(c bytesCache) bytesCache {
		logger := slog.New(slog.DiscardHandler)
		return layers.Debug(c, "test", logger, &layers.DebugOptions{Keys: true})
	}},
	{"TwoLevel", func(c bytesCache) bytesCache { return layers.TwoLevel(memory.New[string, []byte](nil), c, nil) }},
}

// conformanceStores are what layers are put over. To open one returns a function that gives it out empty, to
// one case at a time.
var conformanceStores = []struct {
	name    string
	open    func(t *testing.T) (empty func(t *testing.T) bytesCache)
	options []cachetest.Option
}{
	{"memory", openMemory, []cachetest.Option{cachetest.FakeTime()}},
	{"redis", openRedis, nil},
}

func TestConformance(t *testing.T) {
	for _, store := range conformanceStores {
		for _, layer := range conformanceLayers {
			t.Run(store.name+"/"+layer.name, func(t *testing.T) {
				t.Parallel() // most of the time with Redis is waiting for it
				empty := store.open(t)
				cachetest.Run(t, func(t *testing.T) bytesCache { return layer.over(empty(t)) }, store.options...)
			})
			t.Run(store.name+"/"+layer.name+"-prefixed", func(t *testing.T) {
				t.Parallel()
				empty := store.open(t)
				cachetest.Run(t, func(t *testing.T) bytesCache {
					return layers.Prefixed(layer.over(empty(t)), "prefix:")
				}, store.options...)
			})
		}
	}
}

func openMemory(*testing.T) func(t *testing.T) bytesCache {
	return func(*testing.T) bytesCache { return memory.New[string, []byte](nil) }
}

// openRedis starts a server, which it empties for every case: what the cases before left there would slow down
// each SCAN.
func openRedis(t *testing.T) func(t *testing.T) bytesCache {
	client := redistest.Start(t).Client(t)
	return func(t *testing.T) bytesCache {
		if err := client.FlushDB(t.Context()).Err(); err != nil {
			t.Fatalf("emptying the server: %v", err)
		}
		return rediscache.New(client, &rediscache.Options{Prefix: "layers:"})
	}
}

// TestLayersLoseNoCapability: over a store that has them all, so has each layer. Only what a hash cannot do is
// missing.
func TestLayersLoseNoCapability(t *testing.T) {
	store := memory.New[string, []byte](nil)
	for _, layer := range conformanceLayers {
		want := ctxcache.Supports(bytesCache(store))
		if layer.name == "Keyed-one-way" {
			want &^= ctxcache.OpLen | ctxcache.OpClear | ctxcache.OpKeys
		}
		if got := ctxcache.Supports(layer.over(store)); got != want {
			t.Errorf("%s supports %v, want %v", layer.name, got, want)
		}
	}
}

// reversed is a key mapping that keeps no prefix.
func reversed(key string) (string, error) {
	b := []byte(key)
	slices.Reverse(b)
	return string(b), nil
}

// plainText makes a store of strings out of one of bytes.
type plainText struct{}

func (plainText) Encode(value string) ([]byte, error) { return []byte(value), nil }
func (plainText) Decode(data []byte) (string, error)  { return string(data), nil }
