package layers_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

var (
	someSecret  = mustSecret("a secret of 32 bytes for testing")
	otherSecret = mustSecret("another one of 16+")
)

func mustSecret(text string) layers.Secret {
	secret, err := layers.NewSecret([]byte(text))
	if err != nil {
		panic(err)
	}
	return secret
}

func TestEncryptedHidesKeysAndValuesWhicheverWay(t *testing.T) {
	for _, write := range setWays[[]byte]() {
		store := newMemory[[]byte]()
		c := layers.Encrypted(store, someSecret, nil)
		entry := ctxcache.Entry[[]byte]{Value: []byte("Ada Lovelace"), TTL: time.Hour}
		for _, key := range []string{"a telling key", "another telling key"} {
			if err := write.write(t.Context(), c, key, entry); err != nil {
				t.Fatalf("%s: %v", write.name, err)
			}
			for _, read := range readWays[[]byte]() {
				if got, err := read.read(t.Context(), c, key); err != nil || string(got) != "Ada Lovelace" {
					t.Errorf("%s after %s = %q, %v", read.name, write.name, got, err)
				}
			}
		}
		seen := map[string]bool{}
		for _, key := range storedKeys(t, store) {
			stored, err := store.Get(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			if len(key) != 16 || strings.Contains(key, "tell") || bytes.Contains(stored, []byte("Ada")) {
				t.Errorf("%s: the store sees %q under %q", write.name, stored, key)
			}
			if seen[string(stored)] {
				t.Errorf("%s: the store sees that two values are equal", write.name)
			}
			seen[string(stored)] = true
		}
		if len(seen) != 2 {
			t.Errorf("%s: %d values are stored, want 2", write.name, len(seen))
		}
	}
}

func TestEncryptedSealsNegativeEntriesWhicheverWay(t *testing.T) {
	for _, write := range writeWays[[]byte]() {
		store := newMemory[[]byte]()
		c := layers.Encrypted(store, someSecret, nil)
		absent := ctxcache.Entry[[]byte]{Absent: true, TTL: time.Hour}
		if err := write.write(t.Context(), c, "key", absent); err != nil {
			t.Fatalf("%s: %v", write.name, err)
		}
		stored, err := ctxcache.GetEntry(t.Context(), store, storedKeys(t, store)[0])
		if err != nil || stored.Absent {
			t.Errorf("%s: the store sees a negative entry: %v, %v", write.name, stored, err)
		}
		for _, read := range readWays[[]byte]() {
			if _, err := read.read(t.Context(), c, "key"); err != ctxcache.ErrNotFound {
				t.Errorf("%s after %s: %v, want ErrNotFound", read.name, write.name, err)
			}
		}
		if was, err := ctxcache.Contains(t.Context(), c, "key"); was || err != nil {
			t.Errorf("Contains after %s: %v, %v, want false", write.name, was, err)
		}
		entry, err := ctxcache.GetEntry(t.Context(), c, "key")
		if !entry.Absent || entry.TTL < time.Minute || err != ctxcache.ErrNotFound {
			t.Errorf("GetEntry after %s = %+v, %v", write.name, entry, err)
		}
	}
}

func TestEncryptedDoesNotBelieveAnUnsealedNegativeEntry(t *testing.T) {
	store := newMemory[[]byte]()
	c := layers.Encrypted(store, someSecret, nil)
	storedKey, _ := sealAlone(t, store, c, "key", "value")
	absent := ctxcache.Entry[[]byte]{Absent: true, TTL: time.Hour}
	if err := ctxcache.SetEntry(t.Context(), store, storedKey, absent); err != nil {
		t.Fatal(err)
	}
	for _, read := range readWays[[]byte]() {
		if _, err := read.read(t.Context(), c, "key"); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", read.name, err)
		}
	}
	_, lease, err := ctxcache.GetLease(t.Context(), c, "key", 0)
	if !errors.Is(err, ctxcache.ErrCorrupt) || lease == nil {
		t.Fatalf("GetLease: %v, %v, want a lease to heal it", lease, err)
	}
	if err := lease.Fill(t.Context(), ctxcache.Entry[[]byte]{Value: []byte("healed"), TTL: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Get(t.Context(), "key"); err != nil || string(got) != "healed" {
		t.Errorf("healed: %q, %v", got, err)
	}
}

func TestEncryptedRotation(t *testing.T) {
	store := newMemory[[]byte]()
	first, second := someSecret, otherSecret
	both := &layers.EncryptedOptions{Old: []layers.Secret{first}, KeySecret: first}
	before := layers.Encrypted(store, first, nil)
	during := layers.Encrypted(store, second, both)
	after := layers.Encrypted(store, second, &layers.EncryptedOptions{KeySecret: first})

	mustSet(t, before, "old", []byte("sealed before"))
	mustSet(t, during, "new", []byte("sealed during"))
	for _, c := range []bytesCache{before, during} {
		if got, err := c.Get(t.Context(), "old"); err != nil || string(got) != "sealed before" {
			t.Errorf("what was sealed before: %q, %v", got, err)
		}
	}
	for _, c := range []bytesCache{during, after} {
		if got, err := c.Get(t.Context(), "new"); err != nil || string(got) != "sealed during" {
			t.Errorf("what was sealed under the new secret: %q, %v", got, err)
		}
	}
	for what, c := range map[string]bytesCache{"new": before, "old": after} {
		if _, err := c.Get(t.Context(), what); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("without its secret: %v, want ErrCorrupt", err)
		}
	}

	// Whoever deletes or writes reaches what the others have stored, leases included.
	_, lease, err := ctxcache.GetLease(t.Context(), before, "new", ctxcache.NoExpiry)
	if !errors.Is(err, ctxcache.ErrCorrupt) || lease == nil {
		t.Fatalf("GetLease: %v, %v", lease, err)
	}
	if err := during.Delete(t.Context(), "new"); err != nil {
		t.Fatal(err)
	}
	if err := lease.Fill(t.Context(), ctxcache.Entry[[]byte]{Value: []byte("late")}); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill after a deletion by another: %v, want ErrLeaseLost", err)
	}
	if err := after.Delete(t.Context(), "old"); err != nil {
		t.Fatal(err)
	}
	if keys := storedKeys(t, store); len(keys) != 0 {
		t.Errorf("left after deletion: %q", keys)
	}
}

func TestEncryptedAlone(t *testing.T) {
	store := newMemory[[]byte]()
	mustSet(t, store, "another's", nil)
	part := layers.Prefixed(store, "ours:")
	shared := layers.Encrypted(part, someSecret, nil)
	alone := layers.Encrypted(part, someSecret, &layers.EncryptedOptions{Alone: true})
	mustSet(t, alone, "1", []byte("one"))
	if err := ctxcache.Clear(t.Context(), shared); err != errors.ErrUnsupported {
		t.Errorf("Clear of a part of others too: %v, want ErrUnsupported", err)
	}
	if err := ctxcache.ClearIn(t.Context(), alone, ctxcache.Scope[string]{Prefix: "1"}); err != errors.ErrUnsupported {
		t.Errorf("Clear in a scope: %v, want ErrUnsupported", err)
	}
	if _, err := ctxcache.Len(t.Context(), alone); err != errors.ErrUnsupported {
		t.Errorf("Len: %v, want ErrUnsupported: negative entries would be counted", err)
	}
	if len(storedKeys(t, store)) != 2 {
		t.Error("what is unsupported had an effect")
	}
	if err := ctxcache.Clear(t.Context(), alone); err != nil {
		t.Errorf("Clear: %v", err)
	}
	wantKeys(t, store, "another's")
}

// A layer that makes a part of an Encrypted cache cannot clear it, and does not say that it could.
func TestEncryptedAloneUnderAPart(t *testing.T) {
	back := func(s string) (string, bool) { key, err := reversed(s); return key, err == nil }
	for _, cipher := range append(pythonCiphers, layers.XChaCha20Poly1305) {
		store := newMemory[[]byte]()
		alone := layers.Encrypted(store, someSecret, &layers.EncryptedOptions{Cipher: cipher, Alone: true})
		for name, part := range map[string]bytesCache{
			"Prefixed":     layers.Prefixed(alone, "user:"),
			"AutoPrefixed": layers.AutoPrefixed(alone, nil),
			"Keyed":        layers.Keyed(alone, reversed, back),
			"nested":       layers.Prefixed(layers.Stats(layers.Prefixed(alone, "user:"), "users"), "ada:"),
			"TwoLevel":     layers.Prefixed(layers.TwoLevel(newMemory[[]byte](), alone, nil), "user:"),
			"near":         layers.TwoLevel(alone, newMemory[[]byte](), nil),
		} {
			mustSet(t, part, "key", []byte("value"))
			ops := ctxcache.Supports(part)
			if ops&(ctxcache.OpClear|ctxcache.OpClearAll) != 0 || name != "near" && ops&(ctxcache.OpLen|ctxcache.OpLenAll) != 0 {
				t.Errorf("%v: %s supports %v", cipher, name, ops)
			}
			if err := ctxcache.Clear(t.Context(), part); err != errors.ErrUnsupported {
				t.Errorf("%v: Clear of %s: %v, want ErrUnsupported", cipher, name, err)
			}
			if got, err := part.Get(t.Context(), "key"); err != nil || string(got) != "value" {
				t.Errorf("%v: after that %s has %q, %v", cipher, name, got, err)
			}
		}
		whole := layers.TwoLevel(newMemory[[]byte](), layers.Stats(alone, "far"), nil)
		mustSet(t, whole, "key", []byte("value"))
		if err := ctxcache.Clear(t.Context(), whole); err != nil || len(storedKeys(t, store)) != 0 {
			t.Errorf("%v: Clear of the whole: %v", cipher, err)
		}
	}
}

func TestEncryptedTextKeys(t *testing.T) {
	store := newMemory[[]byte]()
	c := layers.Encrypted(store, someSecret, &layers.EncryptedOptions{TextKeys: true, HashSize: 32})
	for range 50 {
		mustSet(t, c, rand.Text(), nil)
	}
	for _, key := range storedKeys(t, store) {
		if len(key) != 43 || strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("stored key %q", key)
		}
	}
}

func TestEncryptedLeavesWhatIsStoredAlone(t *testing.T) {
	for _, cipher := range append(pythonCiphers, layers.XChaCha20Poly1305) {
		store := newMemory[[]byte]()
		c := layers.Encrypted(store, someSecret, &layers.EncryptedOptions{Cipher: cipher})
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

func TestSecret(t *testing.T) {
	for size := range 40 {
		_, err := layers.NewSecret(make([]byte, size))
		if size < 16 != errors.Is(err, ctxcache.ErrOptions) || size >= 16 && err != nil {
			t.Errorf("a secret of %d bytes: %v", size, err)
		}
	}
	raw := []byte("a secret of 32 bytes for testing")
	secret, err := layers.NewSecret(raw)
	if err != nil {
		t.Fatal(err)
	}
	clear(raw)
	if secret != someSecret {
		t.Error("the secret changes with the bytes it was made of")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, secret); got != "layers.Secret(hidden)" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if got := fmt.Sprint(layers.EncryptedOptions{Old: []layers.Secret{secret}}); strings.Contains(got, "testing") {
		t.Errorf("options print %s", got)
	}
}
