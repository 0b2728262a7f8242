package layers_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers"
)

// bytesCache is the type of cache that the conformance suite tests.
type bytesCache = ctxcache.Cache[string, []byte]

// conformanceLayers are the layers that are tested over every store.
var conformanceLayers = []struct {
	name string
	over func(store bytesCache) bytesCache
}{
	{"Keyed", func(c bytesCache) bytesCache {
		return layers.Keyed(c, reversed, func(s string) (string, bool) { back, err := reversed(s); return back, err == nil })
	}},
	{"Keyed-one-way", func(c bytesCache) bytesCache { return layers.Keyed(c, reversed, nil) }},
	{"Prefixed", func(c bytesCache) bytesCache { return layers.Prefixed(c, "some:") }},
	{"Encoded-JSON", func(c bytesCache) bytesCache { return layers.Encoded(c, layers.JSON[[]byte]{}, nil) }},
	{"Encoded-Gob", func(c bytesCache) bytesCache { return layers.Encoded(c, layers.Gob[[]byte]{}, nil) }},
	{"Encoded-Envelope", func(c bytesCache) bytesCache {
		return layers.Encoded(c, layers.JSON[[]byte]{}, &layers.EncodedOptions{Envelope: true})
	}},
	{"Base85", func(c bytesCache) bytesCache { return layers.Base85(layers.Encoded(c, plainText{}, nil)) }},
	{"Stats", func(c bytesCache) bytesCache { return layers.Stats(c, "test") }},
	{"Expiring", func(c bytesCache) bytesCache { return layers.Expiring(c, layers.Expiry{}) }},
	{"Cloned", func(c bytesCache) bytesCache { return layers.Cloned(c, bytes.Clone) }},
	{"Debug", func(c bytesCache) bytesCache {
		logger := slog.New(slog.DiscardHandler)
		return layers.Debug(c, "test", logger, &layers.DebugOptions{Keys: true})
	}},
	{"Recorded", func(c bytesCache) bytesCache {
		return layers.Recorded(c, io.Discard, &layers.RecordedOptions{Sample: 1})
	}},
	{"Locked", func(c bytesCache) bytesCache {
		shards := 0
		return layers.Locked(3, func() bytesCache {
			shards++
			part := layers.Prefixed(c, fmt.Sprintf("%d:", shards))
			if shards > 1 {
				part = &uncounted{ctxcache.NewForward(part, ctxcache.Description{Kind: "uncounted"})}
			}
			return newUnsafe(part)
		})
	}},
}

// uncounted is a part of a store whose statistics another part has reported.
type uncounted struct {
	ctxcache.Forward[string, []byte]
}

func (*uncounted) Stats(context.Context) (ctxcache.Stats, error) { return ctxcache.Stats{}, nil }

// requestScopedLayers are tested as conformanceLayers are: without a scope, and in one.
var requestScopedLayers = []struct {
	name string
	over func(store bytesCache) bytesCache
}{
	{"RequestScoped", func(c bytesCache) bytesCache { return layers.RequestScoped(c) }},
	{"RequestScoped-in-a-scope", func(c bytesCache) bytesCache {
		if !ctxcache.Supports(c).Has(ctxcache.CapEntry) {
			return layers.RequestScoped(c) // a scope would return values after they have expired, as the comment says
		}
		return inRequestScope(layers.RequestScoped(c))
	}},
}

// kept returns the capabilities of a store that the layer of this name keeps.
func kept(layer string, store ctxcache.Cap) ctxcache.Cap {
	switch layer {
	case "Locked":
		return store &^ ctxcache.CapWatch // it would hold a lock for as long as it watches
	case "Encoded-Envelope":
		return store | ctxcache.CapEntry | ctxcache.CapStats
	case "Keyed-one-way":
		return (store &^ (ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys)).In(ctxcache.ScopesNone)
	default:
		return store
	}
}

// TestConformance runs the suite on each layer over memory. Over servers it runs on all of them as one stack, because a
// layer sees the same of its store there. For the whole matrix it runs on each layer over each store.
func TestConformance(t *testing.T) {
	var all []remotetest.Layer
	for _, layer := range slices.Concat(conformanceLayers, requestScopedLayers) {
		all = append(all, remotetest.Layer{
			Name:  layer.name,
			Over:  func(_ *testing.T, store bytesCache) bytesCache { return layer.over(store) },
			Apart: layer.name == "Locked", // each cache spreads its keys over the shards in another way
		})
	}
	if remotetest.WholeMatrix() {
		remotetest.RunLayers(t, all)
		return
	}
	for _, layer := range all {
		t.Run(layer.Name, func(t *testing.T) {
			t.Parallel()
			cachetest.Run(t, func(t *testing.T) bytesCache {
				return layer.Over(t, memory.New[string, []byte](nil))
			}, cachetest.FakeTime())
		})
	}
	remotetest.RunLayers(t, []remotetest.Layer{{
		Name:  "Stack",
		Over:  func(_ *testing.T, store bytesCache) bytesCache { return stack(store) },
		Apart: true, // Locked is in it
	}})
}

// stack returns store below every layer that keeps all its capabilities, so that all cases of the suite apply.
func stack(store bytesCache) bytesCache {
	caps := ctxcache.Supports(store)
	for _, layer := range slices.Concat(conformanceLayers, requestScopedLayers) {
		if kept(layer.name, caps) == caps {
			store = layer.over(store)
		}
	}
	return store
}

// TestLayersLoseNoCapability checks that over a store with all capabilities each layer has them, too. A layer that
// hashes keys lacks only those that need the keys.
func TestLayersLoseNoCapability(t *testing.T) {
	store := memory.New[string, []byte](nil)
	for _, layer := range slices.Concat(conformanceLayers, requestScopedLayers) {
		want := kept(layer.name, ctxcache.Supports(bytesCache(store)))
		if got := ctxcache.Supports(layer.over(store)); got != want {
			t.Errorf("%s supports %v in %v, want %v in %v", layer.name, got, got.Scopes(), want, want.Scopes())
		}
	}
}

// reversed is a key mapping that keeps no prefix.
func reversed(key string) (string, error) {
	b := []byte(key)
	slices.Reverse(b)
	return string(b), nil
}

// plainText makes a store of strings out of a store of bytes.
type plainText struct{}

func (plainText) Encode(value string) ([]byte, error) { return []byte(value), nil }
func (plainText) Decode(data []byte) (string, error)  { return string(data), nil }
