package cachetoolsutils_test

import (
	"testing"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers"
)

// conformanceLayers are the layers that are tested over every store. Constructors that only give another name to a
// layer of package layers are left out.
var conformanceLayers = map[string]func(store bytesCache) bytesCache{
	"AutoPrefixedCache": func(c bytesCache) bytesCache { return cachetoolsutils.AutoPrefixedCache[string](c, nil) },
	"EncryptedCache":    encryptedOver(nil),
	"EncryptedCache-ChaCha20": encryptedOver(&cachetoolsutils.EncryptedOptions{
		Cipher: cachetoolsutils.ChaCha20, ChecksumSize: 4,
	}),
	"EncryptedCache-AES128CBC-Alone": encryptedOver(&cachetoolsutils.EncryptedOptions{
		Cipher: cachetoolsutils.AES128CBC, ChecksumSize: 32, Alone: true,
	}),
}

func encryptedOver(opts *cachetoolsutils.EncryptedOptions) func(store bytesCache) bytesCache {
	return func(store bytesCache) bytesCache {
		return stringKeys(cachetoolsutils.EncryptedCache(octetKeys(store), someSecret, opts))
	}
}

// TestConformanceOfLayers runs the suite over memory. For the whole matrix it runs over each store: see TestConformance of
// package layers.
func TestConformanceOfLayers(t *testing.T) {
	var all []remotetest.Layer
	for name, over := range conformanceLayers {
		all = append(all, remotetest.Layer{
			Name: name,
			Over: func(_ *testing.T, store bytesCache) bytesCache { return over(store) },
		})
	}
	if remotetest.WholeMatrix() {
		remotetest.RunLayers(t, all)
		return
	}
	for _, layer := range all {
		t.Run(layer.Name, func(t *testing.T) {
			t.Parallel()
			cachetest.Run(t, func(t *testing.T) bytesCache { return layer.Over(t, newStore[[]byte]()) }, cachetest.FakeTime())
		})
	}
}

// Over a store with all capabilities, a layer lacks only those that need the keys, and negative entries, because Python
// has no bytes for them.
func TestLayersLoseNoCapability(t *testing.T) {
	store := newStore[[]byte]()
	all := ctxcache.Supports(store)
	hashed := all &^ (ctxcache.CapLen | ctxcache.CapClear | ctxcache.CapKeys | ctxcache.CapNegative)
	for name, want := range map[string]ctxcache.Cap{
		"AutoPrefixedCache":       all,
		"EncryptedCache":          hashed.In(ctxcache.ScopesNone),
		"EncryptedCache-ChaCha20": hashed.In(ctxcache.ScopesNone),
	} {
		if got := ctxcache.Supports(conformanceLayers[name](store)); got != want {
			t.Errorf("%s supports %v in scopes %d, want %v in scopes %d", name, got, got.Scopes(), want, want.Scopes())
		}
	}
	alone := cachetoolsutils.EncryptedCache(octetKeys(store), someSecret, &cachetoolsutils.EncryptedOptions{Alone: true})
	want := (hashed | ctxcache.CapLen | ctxcache.CapClear).In(ctxcache.ScopesWhole)
	if got := ctxcache.Supports(alone); got != want {
		t.Errorf("Alone supports %v in scopes %d, want %v in scopes %d", got, got.Scopes(), want, want.Scopes())
	}
}

// octetKeys returns a cache with keys of bytes, which stores a key in inner as a string.
func octetKeys(inner bytesCache) octets {
	return layers.Keyed(inner,
		func(key octet) (string, error) { return string(key), nil },
		func(stored string) (octet, bool) { return octet(stored), true })
}
