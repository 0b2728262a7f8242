package layers_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// pythonCiphers are the ciphers that stores shared with Python have.
var pythonCiphers = []layers.Cipher{layers.Salsa20, layers.ChaCha20, layers.AES128CBC}

// encryptedVector is what Python stores for a value, or what it makes of something stored.
type encryptedVector struct {
	ID          string
	Kind        string // "store" or "load"
	Cipher      string
	HSize       int
	CSize       int
	Secret      hexBytes
	Key         hexBytes
	Value       hexBytes
	StoredKey   hexBytes `json:"stored_key"`
	StoredValue hexBytes `json:"stored_value"`
	Error       string
}

// over returns the layer that the vector is about.
func (v encryptedVector) over(t *testing.T, store bytesCache) bytesCache {
	t.Helper()
	secret, err := layers.NewSecret(v.Secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, cipher := range pythonCiphers {
		if cipher.String() == v.Cipher {
			return layers.Encrypted(store, secret, &layers.EncryptedOptions{
				Cipher: cipher, HashSize: v.HSize, ChecksumSize: v.CSize,
			})
		}
	}
	t.Fatalf("there is no cipher %s", v.Cipher)
	return nil
}

func TestEncryptedAsPython(t *testing.T) {
	for _, v := range readVectors[encryptedVector](t, "testdata/encrypted.json") {
		t.Run(v.ID, func(t *testing.T) {
			store := newMemory[[]byte]()
			c := v.over(t, store)
			switch v.Kind {
			case "store":
				mustSet(t, c, string(v.Key), []byte(v.Value))
				stored, err := store.Get(t.Context(), string(v.StoredKey))
				if err != nil || !bytes.Equal(stored, v.StoredValue) {
					t.Errorf("stored: %x, %v, want %x under %x", stored, err, v.StoredValue, v.StoredKey)
				}
			case "load":
				if v.StoredValue != nil {
					mustSet(t, store, string(v.StoredKey), []byte(v.StoredValue))
				}
			default:
				t.Fatalf("unknown kind %s", v.Kind)
			}
			v.check(t, c)
		})
	}
}

// check reads the value.
func (v encryptedVector) check(t *testing.T, c bytesCache) {
	t.Helper()
	got, err := c.Get(t.Context(), string(v.Key))
	switch {
	case v.Error == "":
		if err != nil || !bytes.Equal(got, v.Value) {
			t.Errorf("Get = %x, %v, want %x", got, err, v.Value)
		}
	case v.StoredValue == nil:
		if err != ctxcache.ErrMiss {
			t.Errorf("Get of what is absent: %v, want ErrMiss", err)
		}
	case !errors.Is(err, ctxcache.ErrCorrupt):
		t.Errorf("Get = %x, %v, want ErrCorrupt", got, err)
	}
}

func TestEncryptedAsPythonStoresNoNegativeEntries(t *testing.T) {
	for _, cipher := range pythonCiphers {
		for _, write := range writeWays[[]byte]() {
			store := newMemory[[]byte]()
			c := layers.Encrypted(store, someSecret, &layers.EncryptedOptions{Cipher: cipher})
			absent := ctxcache.Entry[[]byte]{Absent: true, TTL: time.Hour}
			if err := write.write(t.Context(), c, "key", absent); err != errors.ErrUnsupported {
				t.Errorf("%v: %s of a negative entry: %v, want ErrUnsupported", cipher, write.name, err)
			}
			if _, err := c.Get(t.Context(), "key"); err != ctxcache.ErrMiss {
				t.Errorf("%v: after %s: %v, want ErrMiss", cipher, write.name, err)
			}
		}
	}
}

func TestEncryptedAsPythonAlone(t *testing.T) {
	store := newMemory[[]byte]()
	mustSet(t, store, "another's", nil)
	c := layers.Encrypted(layers.Prefixed(store, "ours:"), someSecret,
		&layers.EncryptedOptions{Cipher: layers.ChaCha20, Alone: true})
	mustSet(t, c, "1", []byte("one"))
	mustSet(t, c, "2", []byte("two"))
	if n, err := ctxcache.Len(t.Context(), c); n != 2 || err != nil {
		t.Errorf("Len = %d, %v, want 2", n, err)
	}
	if _, err := ctxcache.LenIn(t.Context(), c, ctxcache.Scope[string]{Prefix: "1"}); err != errors.ErrUnsupported {
		t.Errorf("Len in a scope: %v, want ErrUnsupported", err)
	}
	if err := ctxcache.ClearIn(t.Context(), c, ctxcache.Scope[string]{Prefix: "1"}); err != errors.ErrUnsupported {
		t.Errorf("Clear in a scope: %v, want ErrUnsupported", err)
	}
	if err := ctxcache.Clear(t.Context(), c); err != nil {
		t.Errorf("Clear: %v", err)
	}
	wantKeys(t, store, "another's")
}

func TestEncryptedAsPythonChecksThePadding(t *testing.T) {
	store := newMemory[[]byte]()
	c := layers.Encrypted(store, someSecret, &layers.EncryptedOptions{Cipher: layers.AES128CBC})
	storedKey, stored := sealAlone(t, store, c, "key", "two blocks of 16 bytes, no more.")
	for i := range 15 {
		forged := bytes.Clone(stored)
		forged[16+i] ^= 1 // which flips the same bit of the next block, all of which is padding
		mustSet(t, store, storedKey, forged)
		if got, err := c.Get(t.Context(), "key"); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("padding byte %d: %q, %v, want ErrCorrupt", i, got, err)
		}
	}
}
