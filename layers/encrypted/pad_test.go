package encrypted_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/encrypted"
)

// padded are the options of a layer that pads.
var padded = &encrypted.Options{Namespace: "test", Pad: true}

// overhead is how many bytes a sealed value is longer than the value with its padding.
const overhead = 62

// storedSize returns the size of the only value in store.
func storedSize(t *testing.T, store bytesCache) int {
	t.Helper()
	keys := storedKeys(t, store)
	if len(keys) != 1 {
		t.Fatalf("%d keys are stored", len(keys))
	}
	sealed, err := store.Get(t.Context(), keys[0])
	if err != nil {
		t.Fatal(err)
	}
	return len(sealed)
}

func TestPaddedSizes(t *testing.T) {
	for size, want := range map[int]int{
		0: 32, 1: 32, 31: 32, 32: 32, 33: 64, 64: 64, 65: 128, 1000: 1024, 1024: 1024, 1025: 2048, 1<<20 - 1: 1 << 20, 1<<20 + 1: 1 << 21,
	} {
		store := newStore()
		c := encrypted.New(store, someSecret, padded)
		value := bytes.Repeat([]byte{7}, size)
		layertest.MustSet(t, c, "key", value)
		if got := storedSize(t, store) - overhead; got != want {
			t.Errorf("%d bytes are padded to %d, want %d", size, got, want)
		}
		if got, err := c.Get(t.Context(), "key"); err != nil || !bytes.Equal(got, value) {
			t.Errorf("%d bytes are read as %d, %v", size, len(got), err)
		}
	}
}

// In each way to write, a negative entry has the size of a small value.
func TestNegativeEntryHasTheSizeOfASmallValue(t *testing.T) {
	for _, write := range layertest.WriteWays[[]byte]() {
		store := newStore()
		c := encrypted.New(store, someSecret, padded)
		if err := write.Write(t.Context(), c, "key", negative); err != nil {
			t.Fatalf("%s: %v", write.Name, err)
		}
		if got := storedSize(t, store); got != overhead+32 {
			t.Errorf("%s: a negative entry takes %d bytes, want %d", write.Name, got, overhead+32)
		}
		if _, err := c.Get(t.Context(), "key"); err != ctxcache.ErrNotFound {
			t.Errorf("%s: Get: %v, want ErrNotFound", write.Name, err)
		}
		for _, value := range []string{"", "null", `""`, "a value of thirty-two bytes here"} {
			if err := c.Delete(t.Context(), "key"); err != nil { // a fill needs an absent key
				t.Fatal(err)
			}
			if err := write.Write(t.Context(), c, "key", ctxcache.NewEntry([]byte(value), time.Hour)); err != nil {
				t.Fatalf("%s: %v", write.Name, err)
			}
			if got := storedSize(t, store); got != overhead+32 {
				t.Errorf("%s: %q takes %d bytes, want %d", write.Name, value, got, overhead+32)
			}
		}
	}
}

// A process that pads and one that does not read each other's entries, so Pad may be changed at any time.
func TestPaddingNeedsNoOptionToBeRead(t *testing.T) {
	store := newStore()
	pads, plain := encrypted.New(store, someSecret, padded), encrypted.New(store, someSecret, inTest)
	for _, value := range []string{"", "\x00", "a value\x00\x00", "\x00a value of more than 32 bytes, with zeros\x00"} {
		for _, pair := range [][2]bytesCache{{pads, plain}, {plain, pads}} {
			layertest.MustSet(t, pair[0], "key", []byte(value))
			for _, read := range layertest.ReadWays[[]byte]() {
				if got, err := read.Read(t.Context(), pair[1], "key"); err != nil || string(got) != value {
					t.Errorf("%s of %q = %q, %v", read.Name, value, got, err)
				}
			}
		}
		if storedSize(t, store) != overhead+len(value) {
			t.Errorf("without padding %q takes %d bytes", value, storedSize(t, store))
		}
	}
	for _, pair := range [][2]bytesCache{{pads, plain}, {plain, pads}} {
		if err := ctxcache.SetEntry(t.Context(), pair[0], "key", negative); err != nil {
			t.Fatal(err)
		}
		if _, err := pair[1].Get(t.Context(), "key"); err != ctxcache.ErrNotFound {
			t.Errorf("a negative entry is read as %v", err)
		}
	}
}

func TestPaddingIsTamperProof(t *testing.T) {
	store := newStore()
	c := encrypted.New(store, someSecret, padded)
	storedKey, sealed := sealAlone(t, store, c, "key", "value")
	for i := range sealed {
		flipped := bytes.Clone(sealed)
		flipped[i] ^= 0x80
		wantCorrupt(t, store, c, "key", storedKey, flipped, "a flipped bit")
		wantCorrupt(t, store, c, "key", storedKey, sealed[:i], "a beginning")
	}
}
