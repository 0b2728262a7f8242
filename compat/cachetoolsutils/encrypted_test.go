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
