package encrypted_test

import (
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers/encrypted"
)

// conformanceOptions are the options that are tested over every store.
var conformanceOptions = map[string]*encrypted.Options{
	"default":  nil,
	"TextKeys": {TextKeys: true, HashSize: 32},
	"Alone":    {Alone: true},
}

func TestConformance(t *testing.T) {
	var all []remotetest.Layer
	for name, opts := range conformanceOptions {
		all = append(all, remotetest.Layer{
			Name: name,
			Over: func(_ *testing.T, store bytesCache) bytesCache { return encrypted.New(store, someSecret, opts) },
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
	} {
		got := ctxcache.Supports(encrypted.New(store, someSecret, conformanceOptions[name]))
		if got != want {
			t.Errorf("%s supports %v in scopes %d, want %v in scopes %d", name, got, got.Scopes(), want, want.Scopes())
		}
	}
}
