package encrypted_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/encrypted"
	"github.com/ctxcache/cached/layers/twolevel"
)

// storedKeys returns the keys of a store, sorted.
func storedKeys(t testing.TB, store bytesCache) []string {
	t.Helper()
	var keys []string
	for key, err := range ctxcache.Keys(t.Context(), store) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// sealAlone stores value under key in c, whose store must be empty, and returns the stored value.
func sealAlone(t testing.TB, store, c bytesCache, key, value string) (storedKey string, sealed []byte) {
	t.Helper()
	before := storedKeys(t, store)
	if err := c.Set(t.Context(), key, []byte(value), time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, storedKey = range storedKeys(t, store) {
		if !slices.Contains(before, storedKey) {
			sealed, err := store.Get(t.Context(), storedKey)
			if err != nil {
				t.Fatal(err)
			}
			return storedKey, sealed
		}
	}
	t.Fatal("nothing is stored")
	return "", nil
}

// wantCorrupt replaces the stored value of key by forged, and fails the test unless every way to read key then returns
// ErrCorrupt.
func wantCorrupt(t *testing.T, store, c bytesCache, key, storedKey string, forged []byte, what string) {
	t.Helper()
	layertest.MustSet(t, store, storedKey, forged)
	for _, read := range layertest.ReadWays[[]byte]() {
		if got, err := read.Read(t.Context(), c, key); !errors.Is(err, ctxcache.ErrCorrupt) || got != nil {
			t.Errorf("%s: %s = %q, %v, want ErrCorrupt", what, read.Name, got, err)
		}
	}
	if was, err := ctxcache.Contains(t.Context(), c, key); !errors.Is(err, ctxcache.ErrCorrupt) || was {
		t.Errorf("%s: Contains = %v, %v, want ErrCorrupt", what, was, err)
	}
}

func TestTampering(t *testing.T) {
	for _, value := range []string{"", "a value", "\x01"} {
		store := newStore()
		c := encrypted.New(store, someSecret, inTest)
		storedKey, sealed := sealAlone(t, store, c, "key", value)
		forge := func(what string, forged []byte) {
			t.Helper()
			wantCorrupt(t, store, c, "key", storedKey, forged, what)
		}
		for bit := range 8 * len(sealed) {
			flipped := bytes.Clone(sealed)
			flipped[bit/8] ^= 1 << (bit % 8)
			forge("a flipped bit", flipped)
		}
		for length := range sealed {
			forge("a beginning", sealed[:length])
			forge("an end", sealed[len(sealed)-length:])
		}
		for extra := range 256 {
			forge("an extension", append(bytes.Clone(sealed), byte(extra)))
			forge("an extension before", append([]byte{byte(extra)}, sealed...))
		}
		forge("it twice", append(bytes.Clone(sealed), sealed...))
		forge("zeros", make([]byte, len(sealed)))
		for i := range sealed {
			for j := range i {
				if sealed[i] != sealed[j] {
					swapped := bytes.Clone(sealed)
					swapped[i], swapped[j] = swapped[j], swapped[i]
					forge("swapped bytes", swapped)
				}
			}
		}
		layertest.MustSet(t, store, storedKey, sealed)
		if got, err := c.Get(t.Context(), "key"); err != nil || string(got) != value {
			t.Errorf("after all that: %q, %v, want %q", got, err, value)
		}
	}
}

func TestSwapOfTwoKeys(t *testing.T) {
	store := newStore()
	c := encrypted.New(store, someSecret, inTest)
	adaKey, ada := sealAlone(t, store, c, "ada", "Ada")
	bobKey, bob := sealAlone(t, store, c, "bob", "Bob")
	wantCorrupt(t, store, c, "ada", adaKey, bob, "the value of bob")
	wantCorrupt(t, store, c, "bob", bobKey, ada, "the value of ada")
}

func TestNamespaces(t *testing.T) {
	in := func(c bytesCache, namespace string) bytesCache {
		return encrypted.New(c, someSecret, &encrypted.Options{Namespace: namespace})
	}
	for name, part := range map[string]func(store bytesCache, part string) bytesCache{
		"nothing else": in,
		"a prefix below": func(store bytesCache, part string) bytesCache {
			return in(layers.Prefixed(store, part), part)
		},
		"a prefix far below": func(store bytesCache, part string) bytesCache {
			far := layers.Stats(layers.Keyed(layers.Prefixed(store, part), reversed, nil), "far")
			return in(twolevel.New(newStore(), layers.Prefixed(far, "all:"), nil), part)
		},
		"a prefix above": func(store bytesCache, part string) bytesCache {
			return layers.Prefixed(in(store, "test"), part)
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := newStore()
			users, orders := part(store, "user:"), part(store, "order:")
			userKey, user := sealAlone(t, store, users, "1", "Ada")
			_, order := sealAlone(t, store, orders, "1", "a book")
			if bytes.Equal(user, order) || len(storedKeys(t, store)) != 2 {
				t.Fatal("the parts are one")
			}
			fresh := part(store, "user:") // has no near copy
			wantCorrupt(t, store, fresh, "1", userKey, order, "the value of the other part")
			layertest.MustSet(t, store, userKey, user)
			if got, err := part(store, "user:").Get(t.Context(), "1"); err != nil || string(got) != "Ada" {
				t.Errorf("the part's own value: %q, %v", got, err)
			}
		})
	}
}

// A layer of a user's own has three methods, and hides the prefix below it.
func TestNamespaceBelowAForeignLayer(t *testing.T) {
	store := newStore()
	part := func(part string) bytesCache {
		foreign := struct{ bytesCache }{layers.Prefixed(store, part)}
		return encrypted.New(foreign, someSecret, &encrypted.Options{Namespace: part})
	}
	userKey, _ := sealAlone(t, store, part("user:"), "1", "Ada")
	_, order := sealAlone(t, store, part("order:"), "1", "a book")
	layertest.MustSet(t, store, userKey, order)
	if got, err := part("user:").Get(t.Context(), "1"); !errors.Is(err, ctxcache.ErrCorrupt) {
		t.Errorf("Get = %q, %v, want ErrCorrupt", got, err)
	}
}

// Two databases of one server have the same keys. The server can copy an entry of one into the other.
func TestDatabasesOfOneServer(t *testing.T) {
	production, staging := newStore(), newStore()
	in := func(store bytesCache, namespace string) bytesCache {
		return encrypted.New(store, someSecret, &encrypted.Options{Namespace: namespace})
	}
	layertest.MustSet(t, in(production, "production"), "role:eve", []byte("user"))
	productionKey := storedKeys(t, production)[0]
	stagingKey, admin := sealAlone(t, staging, in(staging, "staging"), "role:eve", "admin")
	if stagingKey == productionKey {
		t.Error("the keys are the same")
	}
	wantCorrupt(t, production, in(production, "production"), "role:eve", productionKey, admin, "the value of another database")

	// With one Namespace for both they are one, as the documentation says.
	_, admin = sealAlone(t, staging, in(staging, "production"), "role:eve", "admin")
	layertest.MustSet(t, production, productionKey, admin)
	wantValue(t, in(production, "production"), "role:eve", "admin")
}

func TestRollbackIsPossible(t *testing.T) {
	store := newStore()
	c := encrypted.New(store, someSecret, inTest)
	storedKey, old := sealAlone(t, store, c, "key", "old")
	layertest.MustSet(t, c, "key", []byte("new"))
	layertest.MustSet(t, store, storedKey, old)
	if got, err := c.Get(t.Context(), "key"); err != nil || string(got) != "old" {
		t.Errorf("Get = %q, %v; the documentation says that a rollback goes unnoticed", got, err)
	}
}

// This was once sealed for "key" in the namespace "users", without an end. Stored values must stay readable.
const (
	goldenKey = "757365723aa28702a753b8235af534bf5a6a02ea86"
	golden    = "0291b8409dde537e70883908f3c36b58f4b9ef25f94e4fe37c182e5b900ca65ad40866094ada56bd9cfc6221c878d01c7e4d2185e21216ca3187731b2b702f7cd64e9c"
)

func fromHex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFormatStays(t *testing.T) {
	store := newStore()
	layertest.MustSet(t, store, string(fromHex(t, goldenKey)), fromHex(t, golden))
	c := encrypted.New(layers.Prefixed(store, "user:"), someSecret, &encrypted.Options{Namespace: "users"})
	if got, err := c.Get(t.Context(), "key"); err != nil || string(got) != "value" {
		t.Errorf("Get = %q, %v, want value", got, err)
	}
}

// FuzzOpen checks that only sealed values can be opened, and that nothing panics.
func FuzzOpen(f *testing.F) {
	store := newStore()
	c := encrypted.New(layers.Prefixed(store, "user:"), someSecret,
		&encrypted.Options{Namespace: "users", Old: []encrypted.Secret{otherSecret}, KeySecret: someSecret})
	storedKey, sealed := string(fromHex(f, goldenKey)), fromHex(f, golden)
	f.Add([]byte{})
	f.Add(sealed)
	f.Add(sealed[:len(sealed)-1])
	f.Add(bytes.Repeat([]byte{1}, 46))
	f.Fuzz(func(t *testing.T, forged []byte) {
		layertest.MustSet(t, store, storedKey, forged)
		got, err := c.Get(t.Context(), "key")
		if bytes.Equal(forged, sealed) {
			if err != nil || string(got) != "value" {
				t.Errorf("Get = %q, %v", got, err)
			}
		} else if !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("Get of %x = %q, %v, want ErrCorrupt", forged, got, err)
		}
	})
}
