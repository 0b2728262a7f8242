package layers_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// base85Vectors are bytes, in groups of four, and the texts that other encoders with RFC 1924's alphabet make of them.
var base85Vectors = []struct{ raw, text string }{
	{"", ""},
	{"\x00", "00"},
	{"v", "b^"},
	{"\x00k", "0BZ"},
	{"\x7e\x2b", "ek%"},
	{"\xff\xff", "|Nj"},
	{"\x00\x00k", "003("},
	{"\x2d\xa8\x7d", "EvS6"},
	{"kkkk", "Yinz3"},
	{"\xff\xff\xff\xff", "|NsC0"},
	{"\x2d\xf5\x7d\xfc\x09", "E%kl;2>"},
	{"\x00\x00\x00\x00\x00\x00\x00\x00k", "0000000000YX"},
	{"\xc3\xa9\xf0\x9f\x98\x80", "!>RC}n1B"},
	{`{"json":[1,2,3]}`, "dm?IcZ*C$wTQMv$EHhnw"},
}

func TestBase85StoresBase85(t *testing.T) {
	for _, v := range base85Vectors {
		store := newMemory[string]()
		raw := layers.Base85(store)
		layertest.MustSet(t, raw, v.raw, []byte(v.raw))
		layertest.WantValue(t, store, v.text, v.text)
		if got, err := raw.Get(t.Context(), v.raw); err != nil || !bytes.Equal(got, []byte(v.raw)) {
			t.Errorf("Get(%q) = %q, %v, want the same", v.raw, got, err)
		}
		layertest.WantKeys(t, raw, v.raw)
	}
}

func TestBase85ReadsWhatOtherDecodersRead(t *testing.T) {
	store := newMemory[string]()
	raw := layers.Base85(store)
	for text, want := range map[string]string{"0": "", "z!": "\xc0", "Yinz3Y": "kkkk"} { // no encoder writes these
		layertest.MustSet(t, store, "", text)
		if got, err := raw.Get(t.Context(), ""); err != nil || string(got) != want {
			t.Errorf("%q reads as %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		"~", "~~", "~~~~~", "}", "}}}}}", "|Ns", "|Nt", "|NsC1", // more than 32 bits
		"a,b", "abcd\\", "é", "00000/", "\n", "00 00", "0\x00",
	} {
		layertest.MustSet(t, store, "", text)
		if got, err := raw.Get(t.Context(), ""); !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Errorf("%q reads as %q, %v, want ErrCorrupt", text, got, err)
		}
	}
}

func TestBase85TakesOnlyItsOwnKeys(t *testing.T) {
	store := newMemory[string]()
	raw := layers.Base85(store)
	layertest.MustSet(t, raw, "kkkk", nil)
	for _, foreign := range []string{"0", "z!", "Yinz3Y", "a,b", "~"} { // some decode, but Base85 writes no key like this
		layertest.MustSet(t, store, foreign, "")
	}
	layertest.WantKeys(t, raw, "kkkk")
}

func TestBase85Scope(t *testing.T) {
	for _, prefix := range []string{"", "u", "user", "user:", "user:ada", "user:ada:1", "\xff\x00\xff\x00\xff"} {
		raw := layers.Base85(newMemory[string]())
		for _, key := range []string{"", "u", "use", "user", "user:", "user:ad", "user:ada", "user:ada:1", "user:ada:12", "v"} {
			layertest.MustSet(t, raw, key, nil)
		}
		scope := ctxcache.Scope[string]{Prefix: prefix, Match: func(key string) bool { return len(key)%2 == 0 }}
		for key, err := range ctxcache.Keys(t.Context(), raw) {
			if err != nil {
				t.Fatalf("Keys: %v", err)
			}
			inScope := false
			for k, err := range ctxcache.KeysIn(t.Context(), raw, scope) {
				if err != nil {
					t.Fatalf("Keys in scope: %v", err)
				}
				inScope = inScope || k == key
			}
			if inScope != scope.Covers(key) {
				t.Errorf("prefix %q: key %q in scope is %v, want %v", prefix, key, inScope, !inScope)
			}
		}
	}
}

// FuzzBase85 checks that bytes come back unchanged, that different keys stay different, and that no stored text makes a
// read panic.
func FuzzBase85(f *testing.F) {
	for _, v := range base85Vectors {
		f.Add([]byte(v.raw), v.text)
	}
	f.Add([]byte("\x00\x00\x00\x00\x00"), "|NsC1")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		store := newMemory[string]()
		raw := layers.Base85(store)
		layertest.MustSet(t, raw, string(data), data)
		if got, err := raw.Get(t.Context(), string(data)); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%q comes back as %q, %v", data, got, err)
		}
		if len(data) > 0 {
			if _, err := raw.Get(t.Context(), string(data[:len(data)-1])); err != ctxcache.ErrMiss {
				t.Fatalf("%q without its last byte: %v, want a miss", data, err)
			}
		}
		layertest.WantKeys(t, raw, string(data))

		layertest.MustSet(t, store, "Yinz3", text)
		if _, err := raw.Get(t.Context(), "kkkk"); err != nil && !errors.Is(err, ctxcache.ErrCorrupt) {
			t.Fatalf("%q reads as %v, want a value or ErrCorrupt", text, err)
		}
	})
}
