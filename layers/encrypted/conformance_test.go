package encrypted_test

import (
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers/encrypted"
)

// conformanceOptions are the options that are tested over every store.
var conformanceOptions = map[string]*encrypted.Options{
	"default":  inTest,
	"TextKeys": {Namespace: "test", TextKeys: true, HashSize: 32},
	"Alone":    {Namespace: "test", Alone: true},
	"Pad":      {Namespace: "test", Pad: true},
}

// TestConformance runs the suite with all options over memory. Over servers it runs with TextKeys, which is for stores that
// do not accept all bytes in keys. For the whole matrix it runs with all options over each store.
func TestConformance(t *testing.T) {
	var all []remotetest.Layer
	for name, opts := range conformanceOptions {
		layer := remotetest.Layer{
			Name: name,
			Over: func(_ *testing.T, store bytesCache) bytesCache { return encrypted.New(store, someSecret, opts) },
		}
		if name == "TextKeys" || remotetest.WholeMatrix() {
			all = append(all, layer)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cachetest.Run(t, func(t *testing.T) bytesCache { return layer.Over(t, newStore()) }, cachetest.FakeTime())
		})
	}
	remotetest.RunLayers(t, all)
}

// Over a store with all capabilities, the layer lacks only those that need the keys, or that need to open values.
func TestSupports(t *testing.T) {
	store := newStore()
	hidden := ctxcache.CapLen | ctxcache.CapKeys | ctxcache.CapContains | ctxcache.CapRemove
	all := ctxcache.Supports(store) &^ hidden
	for name, want := range map[string]ctxcache.Cap{
		"default":  (all &^ ctxcache.CapClear).In(ctxcache.ScopesNone),
		"TextKeys": (all &^ ctxcache.CapClear).In(ctxcache.ScopesNone),
		"Alone":    all.In(ctxcache.ScopesWhole),
		"Pad":      (all &^ ctxcache.CapClear).In(ctxcache.ScopesNone),
	} {
		got := ctxcache.Supports(encrypted.New(store, someSecret, conformanceOptions[name]))
		if got != want {
			t.Errorf("%s supports %v in scopes %d, want %v in scopes %d", name, got, got.Scopes(), want, want.Scopes())
		}
	}
}
