package cachetoolsutils_test

import (
	"errors"
	"testing"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

func TestEncryptedAlone(t *testing.T) {
	store := newOctets()
	mustSet(t, store, "another's", nil)
	opts := &cachetoolsutils.EncryptedOptions{Cipher: cachetoolsutils.ChaCha20, Alone: true}
	part := cachetoolsutils.PrefixedBytesCache[octet](store, []byte("ours:"))
	shared := cachetoolsutils.EncryptedCache(part, someSecret, nil)
	c := cachetoolsutils.EncryptedCache(part, someSecret, opts)
	mustSet(t, c, "1", []byte("one"))
	mustSet(t, c, "2", []byte("two"))
	if n, err := ctxcache.Len(t.Context(), c); n != 2 || err != nil {
		t.Errorf("Len = %d, %v, want 2", n, err)
	}
	narrow := ctxcache.Scope[octet]{Match: func(octet) bool { return true }}
	if _, err := ctxcache.LenIn(t.Context(), c, narrow); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Len in a scope: %v, want ErrUnsupported", err)
	}
	if _, err := c.(ctxcache.LenCache[octet]).Len(t.Context(), narrow); err != errors.ErrUnsupported {
		t.Errorf("method Len in a scope: %v, want ErrUnsupported", err)
	}
	if err := ctxcache.ClearIn(t.Context(), c, narrow); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Clear in a scope: %v, want ErrUnsupported", err)
	}
	if err := c.(ctxcache.ClearCache[octet]).Clear(t.Context(), narrow); err != errors.ErrUnsupported {
		t.Errorf("method Clear in a scope: %v, want ErrUnsupported", err)
	}
	if err := ctxcache.Clear(t.Context(), shared); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Clear of a part of others too: %v, want ErrUnsupported", err)
	}
	if len(storedKeys(t, store)) != 3 {
		t.Error("an unsupported call had an effect")
	}
	if err := ctxcache.Clear(t.Context(), c); err != nil {
		t.Errorf("Clear: %v", err)
	}
	wantKeys(t, store, "another's")
}

// Layers that only change the form of keys and values have the whole of an EncryptedCache, if that has the whole store.
func TestEncryptedAloneUnderClassesWithoutAPart(t *testing.T) {
	for _, cipher := range ciphers {
		store := newOctets()
		mustSet(t, store, "another's", nil)
		part := cachetoolsutils.PrefixedBytesCache[octet](store, []byte("ours:"))
		alone := cachetoolsutils.EncryptedCache(part, someSecret, &cachetoolsutils.EncryptedOptions{Cipher: cipher, Alone: true})
		wholeIsCleared(t, store, "ToBytesCache", cachetoolsutils.ToBytesCache[string, string](alone), "k", "v")
		name, err := cachetoolsutils.KeyOf([]byte("k"))
		if err != nil {
			t.Fatal(err)
		}
		wholeIsCleared(t, store, "Objects", cachetoolsutils.Objects(alone), name, value([]byte("v")))

		shared := cachetoolsutils.EncryptedCache(part, someSecret, &cachetoolsutils.EncryptedOptions{Cipher: cipher})
		for name, c := range map[string]ctxcache.Cache[string, string]{
			"over a shared one": cachetoolsutils.ToBytesCache[string, string](shared),
			"under a prefix": cachetoolsutils.PrefixedCache[string](
				cachetoolsutils.ToBytesCache[string, string](alone), "p."),
		} {
			if err := ctxcache.Clear(t.Context(), c); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%v, %s: Clear: %v, want ErrUnsupported", cipher, name, err)
			}
			if _, err := ctxcache.Len(t.Context(), c); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%v, %s: Len: %v, want ErrUnsupported", cipher, name, err)
			}
		}
	}
}

// wholeIsCleared checks that c has Len and Clear for all of its keys, and for no narrower scope.
func wholeIsCleared[K comparable, V any](t *testing.T, store octets, name string, c ctxcache.Cache[K, V], key K, v V) {
	t.Helper()
	mustSet(t, c, key, v)
	if n, err := ctxcache.Len(t.Context(), c); n != 1 || err != nil {
		t.Errorf("%s: Len = %d, %v, want 1", name, n, err)
	}
	narrow := ctxcache.Scope[K]{Match: func(K) bool { return true }}
	if _, err := ctxcache.LenIn(t.Context(), c, narrow); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%s: Len in a scope: %v, want ErrUnsupported", name, err)
	}
	if err := ctxcache.ClearIn(t.Context(), c, narrow); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%s: Clear in a scope: %v, want ErrUnsupported", name, err)
	}
	if err := ctxcache.Clear(t.Context(), c); err != nil {
		t.Errorf("%s: Clear: %v", name, err)
	}
	wantKeys(t, store, "another's")
}

// A layer that makes a part of an EncryptedCache cannot clear that part, and does not report that it could.
func TestEncryptedAloneUnderAPart(t *testing.T) {
	reversed := func(key string) (string, error) { return backwards(key), nil }
	back := func(stored string) (string, bool) { return backwards(stored), true }
	for _, cipher := range ciphers {
		store := newOctets()
		alone := cachetoolsutils.EncryptedCache(store, someSecret,
			&cachetoolsutils.EncryptedOptions{Cipher: cipher, Alone: true})
		whole := cachetoolsutils.ToBytesCache[string, string](alone) // which only changes the form
		for name, part := range map[string]texts{
			"Prefixed":     layers.Prefixed(whole, "user:"),
			"AutoPrefixed": cachetoolsutils.AutoPrefixedCache[string](whole, nil),
			"Keyed":        layers.Keyed(whole, reversed, back),
			"nested":       layers.Prefixed(layers.Stats(layers.Prefixed(whole, "user:"), "users"), "ada:"),
			"TwoLevel":     layers.Prefixed(twolevel.New(newStore[string](), whole, nil), "user:"),
		} {
			mustSet(t, part, "key", "value")
			if caps := ctxcache.Supports(part); caps&(ctxcache.CapClear|ctxcache.CapLen) != 0 {
				t.Errorf("%v: %s supports %v", cipher, name, caps)
			}
			if err := ctxcache.Clear(t.Context(), part); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%v: Clear of %s: %v, want ErrUnsupported", cipher, name, err)
			}
			if got, err := part.Get(t.Context(), "key"); err != nil || got != "value" {
				t.Errorf("%v: after that %s has %q, %v", cipher, name, got, err)
			}
		}
		for name, c := range map[string]texts{
			"far":  twolevel.New(newStore[string](), layers.Stats(whole, "far"), nil),
			"near": twolevel.New(whole, newStore[string](), nil),
		} {
			mustSet(t, c, "key", "value")
			if err := ctxcache.Clear(t.Context(), c); err != nil || len(storedKeys(t, store)) != 0 {
				t.Errorf("%v: Clear of the whole, %s: %v", cipher, name, err)
			}
		}
	}
}

func backwards(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
