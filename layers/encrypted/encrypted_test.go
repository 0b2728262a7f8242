package encrypted_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/encrypted"
	"github.com/ctxcache/cached/layers/twolevel"
)

var (
	someSecret  = mustSecret("a secret of 32 bytes for testing")
	otherSecret = mustSecret("another one of 16+")
)

func mustSecret(text string) encrypted.Secret {
	secret, err := encrypted.NewSecret([]byte(text))
	if err != nil {
		panic(err)
	}
	return secret
}

func TestHidesKeysAndValuesWhicheverWay(t *testing.T) {
	for _, write := range layertest.SetWays[[]byte]() {
		store := newStore()
		c := encrypted.New(store, someSecret, inTest)
		ada := ctxcache.NewEntry([]byte("Ada Lovelace"), time.Hour)
		for _, key := range []string{"a telling key", "another telling key"} {
			if err := write.Write(t.Context(), c, key, ada); err != nil {
				t.Fatalf("%s: %v", write.Name, err)
			}
			for _, read := range layertest.ReadWays[[]byte]() {
				if got, err := read.Read(t.Context(), c, key); err != nil || string(got) != "Ada Lovelace" {
					t.Errorf("%s after %s = %q, %v", read.Name, write.Name, got, err)
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
				t.Errorf("%s: the store sees %q under %q", write.Name, stored, key)
			}
			if seen[string(stored)] {
				t.Errorf("%s: the store sees that two values are equal", write.Name)
			}
			seen[string(stored)] = true
		}
		if len(seen) != 2 {
			t.Errorf("%s: %d values are stored, want 2", write.Name, len(seen))
		}
	}
}

func TestSealsNegativeEntriesWhicheverWay(t *testing.T) {
	for _, write := range layertest.WriteWays[[]byte]() {
		store := newStore()
		c := encrypted.New(store, someSecret, inTest)
		if err := write.Write(t.Context(), c, "key", negative); err != nil {
			t.Fatalf("%s: %v", write.Name, err)
		}
		stored, err := ctxcache.GetEntry(t.Context(), store, storedKeys(t, store)[0])
		if err != nil || stored.Absent {
			t.Errorf("%s: the store sees a negative entry: %v, %v", write.Name, stored, err)
		}
		for _, read := range layertest.ReadWays[[]byte]() {
			if _, err := read.Read(t.Context(), c, "key"); err != ctxcache.ErrNotFound {
				t.Errorf("%s after %s: %v, want ErrNotFound", read.Name, write.Name, err)
			}
		}
		if was, err := ctxcache.Contains(t.Context(), c, "key"); was || err != nil {
			t.Errorf("Contains after %s: %v, %v, want false", write.Name, was, err)
		}
		e, err := ctxcache.GetEntry(t.Context(), c, "key")
		if !e.Absent || e.TTL < time.Minute || err != ctxcache.ErrNotFound {
			t.Errorf("GetEntry after %s = %+v, %v", write.Name, e, err)
		}
	}
}

func TestDoesNotBelieveAnUnsealedNegativeEntry(t *testing.T) {
	store := newStore()
	c := encrypted.New(store, someSecret, inTest)
	storedKey, _ := sealAlone(t, store, c, "key", "value")
	if err := ctxcache.SetEntry(t.Context(), store, storedKey, negative); err != nil {
		t.Fatal(err)
	}
	for _, read := range layertest.ReadWays[[]byte]() {
		if _, err := read.Read(t.Context(), c, "key"); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", read.Name, err)
		}
	}
	_, lease, err := ctxcache.GetLease(t.Context(), c, "key", 0)
	if !errors.Is(err, ctxcache.ErrCorrupt) || !lease.Granted() {
		t.Fatalf("GetLease: %v, %v, want a lease to heal it", lease, err)
	}
	if err := ctxcache.Fill(t.Context(), c, "key", lease, ctxcache.NewEntry([]byte("healed"), time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantValue(t, c, "key", "healed")
}

func TestRotation(t *testing.T) {
	store := newStore()
	first, second := someSecret, otherSecret
	both := &encrypted.Options{Namespace: "test", Old: []encrypted.Secret{first}, KeySecret: first}
	before := encrypted.New(store, first, inTest)
	during := encrypted.New(store, second, both)
	after := encrypted.New(store, second, &encrypted.Options{Namespace: "test", KeySecret: first})

	layertest.MustSet(t, before, "old", []byte("sealed before"))
	layertest.MustSet(t, during, "new", []byte("sealed during"))
	for _, c := range []bytesCache{before, during} {
		if got, err := c.Get(t.Context(), "old"); err != nil || string(got) != "sealed before" {
			t.Errorf("a value sealed before: %q, %v", got, err)
		}
	}
	for _, c := range []bytesCache{during, after} {
		if got, err := c.Get(t.Context(), "new"); err != nil || string(got) != "sealed during" {
			t.Errorf("a value sealed under the new secret: %q, %v", got, err)
		}
	}
	for what, c := range map[string]bytesCache{"new": before, "old": after} {
		if _, err := c.Get(t.Context(), what); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("without its secret: %v, want ErrCorrupt", err)
		}
	}

	// Deletions and writes reach entries that other processes have stored, leases included.
	_, lease, err := ctxcache.GetLease(t.Context(), before, "new", ctxcache.NoExpiry)
	if !errors.Is(err, ctxcache.ErrCorrupt) || !lease.Granted() {
		t.Fatalf("GetLease: %v, %v", lease, err)
	}
	if err := during.Delete(t.Context(), "new"); err != nil {
		t.Fatal(err)
	}
	if err := ctxcache.Fill(t.Context(), before, "new", lease, ctxcache.NewEntry([]byte("late"), 0)); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill after a deletion by another: %v, want ErrLeaseLost", err)
	}
	if err := after.Delete(t.Context(), "old"); err != nil {
		t.Fatal(err)
	}
	if keys := storedKeys(t, store); len(keys) != 0 {
		t.Errorf("left after deletion: %q", keys)
	}
}

func TestAlone(t *testing.T) {
	store := newStore()
	layertest.MustSet(t, store, "another's", nil)
	part := layers.Prefixed(store, "ours:")
	shared := encrypted.New(part, someSecret, inTest)
	alone := encrypted.New(part, someSecret, &encrypted.Options{Namespace: "test", Alone: true})
	layertest.MustSet(t, alone, "1", []byte("one"))
	if err := ctxcache.Clear(t.Context(), shared); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Clear of a part of others too: %v, want ErrUnsupported", err)
	}
	if err := ctxcache.ClearIn(t.Context(), alone, ctxcache.Scope[string]{Prefix: "1"}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Clear in a scope: %v, want ErrUnsupported", err)
	}
	if _, err := ctxcache.Len(t.Context(), alone); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Len: %v, want ErrUnsupported: negative entries would be counted", err)
	}
	if len(storedKeys(t, store)) != 2 {
		t.Error("an unsupported call had an effect")
	}
	if err := ctxcache.Clear(t.Context(), alone); err != nil {
		t.Errorf("Clear: %v", err)
	}
	if keys := storedKeys(t, store); len(keys) != 1 || keys[0] != "another's" {
		t.Errorf("Clear leaves %q, want the keys of the other part", keys)
	}
}

// A layer that makes a part of an encrypted cache cannot clear that part, and does not report that it could.
func TestAloneUnderAPart(t *testing.T) {
	back := func(s string) (string, bool) { key, err := reversed(s); return key, err == nil }
	store := newStore()
	alone := encrypted.New(store, someSecret, &encrypted.Options{Namespace: "test", Alone: true})
	for name, part := range map[string]bytesCache{
		"Prefixed": layers.Prefixed(alone, "user:"),
		"Keyed":    layers.Keyed(alone, reversed, back),
		"nested":   layers.Prefixed(layers.Stats(layers.Prefixed(alone, "user:"), "users"), "ada:"),
		"TwoLevel": layers.Prefixed(twolevel.New(newStore(), alone, nil), "user:"),
	} {
		layertest.MustSet(t, part, "key", []byte("value"))
		caps := ctxcache.Supports(part)
		if caps.Has(ctxcache.CapClear) || caps.Has(ctxcache.CapLen) {
			t.Errorf("%s supports %v", name, caps)
		}
		if err := ctxcache.Clear(t.Context(), part); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Clear of %s: %v, want ErrUnsupported", name, err)
		}
		wantValue(t, part, "key", "value")
	}
	for name, whole := range map[string]bytesCache{
		"far":  twolevel.New(newStore(), layers.Stats(alone, "far"), nil),
		"near": twolevel.New(alone, newStore(), nil),
	} {
		layertest.MustSet(t, whole, "key", []byte("value"))
		if err := ctxcache.ClearIn(t.Context(), whole, ctxcache.Scope[string]{Prefix: "k"}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Clear of a part, %s: %v, want ErrUnsupported", name, err)
		}
		wantValue(t, whole, "key", "value")
		if err := ctxcache.Clear(t.Context(), whole); err != nil || len(storedKeys(t, store)) != 0 {
			t.Errorf("Clear of the whole, %s: %v", name, err)
		}
		if _, err := whole.Get(t.Context(), "key"); err != ctxcache.ErrMiss {
			t.Errorf("after Clear of the whole, %s: %v, want ErrMiss", name, err)
		}
	}
}

func TestTextKeys(t *testing.T) {
	store := newStore()
	c := encrypted.New(store, someSecret, &encrypted.Options{Namespace: "test", TextKeys: true, HashSize: 32})
	for range 50 {
		layertest.MustSet(t, c, rand.Text(), nil)
	}
	for _, key := range storedKeys(t, store) {
		if len(key) != 43 || strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("stored key %q", key)
		}
	}
}

func TestLeavesWhatIsStoredAlone(t *testing.T) {
	c := encrypted.New(newStore(), someSecret, inTest)
	value := []byte("a value of some length")
	layertest.MustSet(t, c, "key", value)
	for range 2 {
		wantValue(t, c, "key", "a value of some length")
	}
	if string(value) != "a value of some length" {
		t.Errorf("the caller's value became %q", value)
	}
}
