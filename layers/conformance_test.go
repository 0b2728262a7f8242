package layers_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
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
	{"Locked", func(c bytesCache) bytesCache {
		shards := 0
		return layers.Locked(3, func() bytesCache {
			shards++
			return newUnsafe(layers.Prefixed(c, fmt.Sprintf("%d:", shards)))
		})
	}},
	{"AutoPrefixed", func(c bytesCache) bytesCache { return layers.AutoPrefixed(c, nil) }},
	{"Encrypted", func(c bytesCache) bytesCache { return layers.Encrypted(c, someSecret, nil) }},
	{"Encrypted-TextKeys", func(c bytesCache) bytesCache {
		return layers.Encrypted(c, someSecret, &layers.EncryptedOptions{TextKeys: true, HashSize: 32})
	}},
	{"Encrypted-Alone", func(c bytesCache) bytesCache {
		return layers.Encrypted(c, someSecret, &layers.EncryptedOptions{Alone: true})
	}},
	{"Encrypted-Salsa20", func(c bytesCache) bytesCache {
		return layers.Encrypted(c, someSecret, &layers.EncryptedOptions{Cipher: layers.Salsa20})
	}},
	{"Encrypted-ChaCha20", func(c bytesCache) bytesCache {
		return layers.Encrypted(c, someSecret, &layers.EncryptedOptions{Cipher: layers.ChaCha20, ChecksumSize: 4})
	}},
	{"Encrypted-AES128CBC-Alone", func(c bytesCache) bytesCache {
		return layers.Encrypted(c, someSecret, &layers.EncryptedOptions{Cipher: layers.AES128CBC, ChecksumSize: 32, Alone: true})
	}},
}

// lostBy is what a layer cannot keep of a store that has every capability, by the layer's name.
func lostBy(layer string) ctxcache.Op {
	const hidden = ctxcache.OpLen | ctxcache.OpClear | ctxcache.OpKeys
	switch layer {
	case "Locked":
		return ctxcache.OpWatch // it would hold a lock for as long as it watches
	case "TwoLevel":
		return ctxcache.OpWatch // unless it is Coherent: near may still have what was before an event
	case "Keyed-one-way":
		return hidden
	case "Encrypted", "Encrypted-TextKeys", "Encrypted-Alone":
		return hidden | ctxcache.OpContains | ctxcache.OpRemove
	case "Encrypted-Salsa20", "Encrypted-ChaCha20", "Encrypted-AES128CBC-Alone":
		return hidden | ctxcache.OpNegative
	default:
		return 0
	}
}

// conformanceStores are what layers are put over. To open one returns a function that gives it out empty, to
// one case at a time.
var conformanceStores = []struct {
	name    string
	open    func(t *testing.T) (empty func(t *testing.T) bytesCache)
	options []cachetest.Option
	slow    bool // so no layer is prefixed over it
}{
	{name: "memory", open: openMemory, options: []cachetest.Option{cachetest.FakeTime()}},
	{name: "redis", open: openRedis},
	{
		name: "memcached", open: openMemcached, slow: true,
		options: []cachetest.Option{cachetest.TTLUnit(time.Second), cachetest.Concurrent(100)},
	},
}

func TestConformance(t *testing.T) {
	for _, store := range conformanceStores {
		for _, layer := range conformanceLayers {
			t.Run(store.name+"/"+layer.name, func(t *testing.T) {
				t.Parallel() // most of the time with Redis is waiting for it
				empty := store.open(t)
				cachetest.Run(t, func(t *testing.T) bytesCache { return layer.over(empty(t)) }, store.options...)
			})
			if store.slow {
				continue
			}
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

// openMemcached gives out a part of the shared server, which it has no way to empty.
func openMemcached(t *testing.T) func(t *testing.T) bytesCache {
	var servers memcache.ServerList
	if err := servers.SetServers(memcachedtest.Shared(t).Addr); err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T) bytesCache {
		c := memcached.New(&servers, &memcached.Options{Prefix: fmt.Sprintf("%d:", memcachedParts.Add(1))})
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
		return c
	}
}

// memcachedParts counts the parts of the Memcached server that were given out.
var memcachedParts atomic.Int64

// TestLayersLoseNoCapability: over a store that has them all, so has each layer. Only what a hash cannot do, and what
// takes a look into sealed values, is missing.
func TestLayersLoseNoCapability(t *testing.T) {
	store := memory.New[string, []byte](nil)
	for _, layer := range conformanceLayers {
		want := ctxcache.Supports(bytesCache(store)) &^ lostBy(layer.name)
		switch layer.name {
		case "Encrypted-Alone":
			want |= ctxcache.OpClearAll
		case "Encrypted-AES128CBC-Alone":
			want |= ctxcache.OpLenAll | ctxcache.OpClearAll
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
