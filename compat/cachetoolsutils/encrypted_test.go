package cachetoolsutils_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestVectors tests the values that Python stores and reads.

var ciphers = []cachetoolsutils.Cipher{cachetoolsutils.Salsa20, cachetoolsutils.ChaCha20, cachetoolsutils.AES128CBC}

var someSecret = []byte("a secret of 32 bytes for testing")

type octets = ctxcache.Cache[octet, []byte]

func TestEncryptedStoresNoNegativeEntries(t *testing.T) {
	negative := ctxcache.Entry[[]byte]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	for _, cipher := range ciphers {
		for name, write := range map[string]func(c octets) error{
			"SetEntry": func(c octets) error { return ctxcache.SetEntry(t.Context(), c, "key", negative) },
			"SetEntries": func(c octets) error {
				return ctxcache.SetEntries(t.Context(), c, map[octet]ctxcache.Entry[[]byte]{"key": negative})
			},
			"Fill": func(c octets) error {
				_, lease, err := ctxcache.GetLease(t.Context(), c, "key", 0)
				if err != ctxcache.ErrMiss || !lease.Granted() {
					t.Errorf("GetLease: %v, %v", lease, err)
				}
				return ctxcache.Fill(t.Context(), c, "key", lease, negative)
			},
			"FillMany": func(c octets) error {
				_, leases, err := ctxcache.GetLeases(t.Context(), c, []octet{"key"}, 0)
				if err != nil || !leases["key"].Granted() {
					t.Errorf("GetLeases: %v, %v", leases, err)
				}
				return ctxcache.FillMany(t.Context(), c, map[octet]ctxcache.Entry[[]byte]{"key": negative}, leases)
			},
			// Callers that do not check Supports are refused, too.
			"method SetEntry": func(c octets) error {
				return c.(ctxcache.EntryCache[octet, []byte]).SetEntry(t.Context(), "key", negative)
			},
			"method SetEntries": func(c octets) error {
				many := c.(ctxcache.ManyCache[octet, []byte])
				return many.SetEntries(t.Context(), map[octet]ctxcache.Entry[[]byte]{"key": negative})
			},
			"method Fill": func(c octets) error {
				_, lease, _ := ctxcache.GetLease(t.Context(), c, "key", 0)
				return c.(ctxcache.LeaseCache[octet, []byte]).Fill(t.Context(), "key", lease, negative)
			},
		} {
			c := cachetoolsutils.EncryptedCache(newOctets(), someSecret, &cachetoolsutils.EncryptedOptions{Cipher: cipher})
			if ctxcache.Supports(c).Has(ctxcache.CapNegative) {
				t.Errorf("%v: it supports negative entries", cipher)
			}
			if err := write(c); !errors.Is(err, errors.ErrUnsupported) || name[0] == 'm' && err != errors.ErrUnsupported {
				t.Errorf("%v: %s of a negative entry: %v, want ErrUnsupported", cipher, name, err)
			}
			if _, err := c.Get(t.Context(), "key"); err != ctxcache.ErrMiss {
				t.Errorf("%v: after %s: %v, want ErrMiss", cipher, name, err)
			}
		}
	}
}

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
		wholeIsCleared(t, store, "ToBytesCache", cachetoolsutils.ToBytesCache[string, int](alone), "k", 1)
		name, err := cachetoolsutils.KeyOf([]byte("k"))
		if err != nil {
			t.Fatal(err)
		}
		wholeIsCleared(t, store, "Objects", cachetoolsutils.Objects(alone), name, value([]byte("v")))

		shared := cachetoolsutils.EncryptedCache(part, someSecret, &cachetoolsutils.EncryptedOptions{Cipher: cipher})
		for name, c := range map[string]ctxcache.Cache[string, int]{
			"over a shared one": cachetoolsutils.ToBytesCache[string, int](shared),
			"under a prefix": cachetoolsutils.PrefixedCache[string](
				cachetoolsutils.ToBytesCache[string, int](alone), "p."),
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
	reversed := func(key string) (octet, error) { return octet(backwards(key)), nil }
	back := func(stored octet) (string, bool) { return backwards(string(stored)), true }
	for _, cipher := range ciphers {
		store := newOctets()
		alone := cachetoolsutils.EncryptedCache(store, someSecret,
			&cachetoolsutils.EncryptedOptions{Cipher: cipher, Alone: true})
		for name, part := range map[string]bytesCache{
			"Prefixed":     layers.Prefixed(stringKeys(alone), "user:"),
			"AutoPrefixed": cachetoolsutils.AutoPrefixedCache[string](stringKeys(alone), nil),
			"Keyed":        layers.Keyed(alone, reversed, back),
			"nested":       layers.Prefixed(layers.Stats(layers.Prefixed(stringKeys(alone), "user:"), "users"), "ada:"),
			"TwoLevel":     layers.Prefixed(twolevel.New(newStore[[]byte](), stringKeys(alone), nil), "user:"),
		} {
			mustSet(t, part, "key", []byte("value"))
			if caps := ctxcache.Supports(part); caps&(ctxcache.CapClear|ctxcache.CapLen) != 0 {
				t.Errorf("%v: %s supports %v", cipher, name, caps)
			}
			if err := ctxcache.Clear(t.Context(), part); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%v: Clear of %s: %v, want ErrUnsupported", cipher, name, err)
			}
			if got, err := part.Get(t.Context(), "key"); err != nil || string(got) != "value" {
				t.Errorf("%v: after that %s has %q, %v", cipher, name, got, err)
			}
		}
		for name, whole := range map[string]octets{
			"far":  twolevel.New(newOctets(), layers.Stats(alone, "far"), nil),
			"near": twolevel.New(alone, newOctets(), nil),
		} {
			mustSet(t, whole, "key", []byte("value"))
			if err := ctxcache.Clear(t.Context(), whole); err != nil || len(storedKeys(t, store)) != 0 {
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

func TestEncryptedLeavesWhatIsStoredAlone(t *testing.T) {
	for _, cipher := range ciphers {
		c := cachetoolsutils.EncryptedCache(newOctets(), someSecret, &cachetoolsutils.EncryptedOptions{Cipher: cipher})
		value := []byte("a value of some length")
		mustSet(t, c, "key", value)
		for range 2 {
			if got, err := c.Get(t.Context(), "key"); err != nil || string(got) != "a value of some length" {
				t.Errorf("%v: %q, %v", cipher, got, err)
			}
		}
		if string(value) != "a value of some length" {
			t.Errorf("%v: the caller's value became %q", cipher, value)
		}
	}
}

func TestEncryptedChecksThePadding(t *testing.T) {
	store := newOctets()
	c := cachetoolsutils.EncryptedCache(store, someSecret,
		&cachetoolsutils.EncryptedOptions{Cipher: cachetoolsutils.AES128CBC})
	mustSet(t, c, "key", []byte("two blocks of 16 bytes, no more."))
	storedKey := storedKeys(t, store)[0]
	stored, err := store.Get(t.Context(), storedKey)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 15 {
		forged := bytes.Clone(stored)
		forged[16+i] ^= 1 // flips the same bit in the next block, which is all padding
		mustSet(t, store, storedKey, forged)
		got, err := c.Get(t.Context(), "key")
		if !errors.Is(err, ctxcache.ErrCorrupt) || !strings.HasSuffix(err.Error(), "bad padding") {
			t.Errorf("padding byte %d: %q, %v, want ErrCorrupt", i, got, err)
		}
	}
}

func TestEncryptedChecksTheChecksum(t *testing.T) {
	store := newOctets()
	c := cachetoolsutils.EncryptedCache(store, someSecret, &cachetoolsutils.EncryptedOptions{ChecksumSize: 4})
	mustSet(t, c, "key", []byte("a value"))
	storedKey := storedKeys(t, store)[0]
	stored, err := store.Get(t.Context(), storedKey)
	if err != nil {
		t.Fatal(err)
	}
	for i := range stored {
		forged := bytes.Clone(stored)
		forged[i] ^= 1
		mustSet(t, store, storedKey, forged)
		got, err := c.Get(t.Context(), "key")
		if !errors.Is(err, ctxcache.ErrCorrupt) || !strings.HasSuffix(err.Error(), "checksum mismatch") {
			t.Errorf("byte %d: %q, %v, want ErrCorrupt", i, got, err)
		}
	}
}

// A lease of the layer is not accepted by the cache under it, where a fill would store a value that is not encrypted.
func TestEncryptedLeasesAreItsOwn(t *testing.T) {
	store := newOctets()
	c := cachetoolsutils.EncryptedCache(store, someSecret, nil)
	mustSet(t, c, "key", nil)
	storedKey := storedKeys(t, store)[0]
	if err := c.Delete(t.Context(), "key"); err != nil {
		t.Fatal(err)
	}
	_, lease, err := ctxcache.GetLease(t.Context(), c, "key", 0)
	if err != ctxcache.ErrMiss || !lease.Granted() {
		t.Fatalf("GetLease: %v, %v", lease, err)
	}
	plain := ctxcache.NewEntry([]byte("in the clear"), time.Hour)
	if err := ctxcache.Fill(t.Context(), store, storedKey, lease, plain); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill of the store: %v, want ErrLeaseLost", err)
	}
	wantKeys(t, store)
	if err := ctxcache.Fill(t.Context(), c, "key", lease, plain); err != nil {
		t.Errorf("Fill: %v", err)
	}
}

func TestEncryptedOptions(t *testing.T) {
	for _, bad := range []struct {
		option string
		opts   cachetoolsutils.EncryptedOptions
	}{
		{"HashSize", cachetoolsutils.EncryptedOptions{HashSize: 7}},
		{"HashSize", cachetoolsutils.EncryptedOptions{HashSize: 33}},
		{"HashSize", cachetoolsutils.EncryptedOptions{HashSize: -1}},
		{"ChecksumSize", cachetoolsutils.EncryptedOptions{ChecksumSize: -1}},
		{"ChecksumSize", cachetoolsutils.EncryptedOptions{ChecksumSize: 33}},
		{"Cipher", cachetoolsutils.EncryptedOptions{Cipher: cachetoolsutils.AES128CBC + 1}},
		{"Cipher", cachetoolsutils.EncryptedOptions{Cipher: -1}},
	} {
		err := bad.opts.Validate()
		if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), bad.option) {
			t.Errorf("%+v: %v, want ErrOptions that names %s", bad.opts, err, bad.option)
		}
		c := cachetoolsutils.EncryptedCache(newOctets(), someSecret, &bad.opts)
		if got, want := c.Set(t.Context(), "key", nil, 0), "EncryptedCache set: "+err.Error(); got == nil || got.Error() != want {
			t.Errorf("%+v: Set: %v, want %v", bad.opts, got, want)
		}
	}
	for _, good := range []*cachetoolsutils.EncryptedOptions{
		nil,
		{},
		{HashSize: 8},
		{Cipher: cachetoolsutils.AES128CBC, HashSize: 32, ChecksumSize: 32},
	} {
		if err := good.Validate(); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
		mustSet(t, cachetoolsutils.EncryptedCache(newOctets(), someSecret, good), "key", nil)
	}
}

func TestEncryptedSecret(t *testing.T) {
	for size := range 40 {
		c := cachetoolsutils.EncryptedCache(newOctets(), make([]byte, size), nil)
		_, err := c.Get(t.Context(), "key")
		if size < 16 != errors.Is(err, ctxcache.ErrOptions) || size >= 16 && err != ctxcache.ErrMiss {
			t.Errorf("a secret of %d bytes: %v", size, err)
		}
	}
	raw := bytes.Clone(someSecret)
	c := cachetoolsutils.EncryptedCache(newOctets(), raw, nil)
	mustSet(t, c, "key", []byte("value"))
	clear(raw)
	if got, err := c.Get(t.Context(), "key"); err != nil || string(got) != "value" {
		t.Errorf("after a change of the bytes of the secret: %q, %v", got, err)
	}
	if got := fmt.Sprintf("%+v", c); strings.Contains(got, string(someSecret)) {
		t.Errorf("the cache prints %s", got)
	}
}
