package layers_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

func TestClonedWhicheverWay(t *testing.T) {
	for _, write := range layertest.SetWays[[]byte]() {
		for _, read := range layertest.ReadWays[[]byte]() {
			t.Run(write.Name+"/"+read.Name, func(t *testing.T) {
				cache := layers.Cloned(newMemory[[]byte](), bytes.Clone)
				mine := []byte("ab")
				e := ctxcache.Entry[[]byte]{Value: mine, Meta: ctxcache.Meta{TTL: time.Hour}}
				if err := write.Write(t.Context(), cache, "key", e); err != nil {
					t.Fatal(err)
				}
				mine[0] = 'x' // modified after it was given
				for range 2 {
					got, err := read.Read(t.Context(), cache, "key")
					if want := "ab"; err != nil || string(got) != want {
						t.Fatalf("%s = %q, %v, want %q", read.Name, got, err, want)
					}
					got[0] = 'y' // modified after it was got
				}
			})
		}
	}
}

func TestClonedCopiesOnlyValues(t *testing.T) {
	clone := func(value []byte) []byte {
		if value == nil {
			t.Error("copied where there is no value")
		}
		return bytes.Clone(value)
	}
	for _, write := range layertest.WriteWays[[]byte]() {
		cache := layers.Cloned(newMemory[[]byte](), clone)
		if err := write.Write(t.Context(), cache, "key", ctxcache.Entry[[]byte]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}); err != nil {
			t.Fatalf("%s: %v", write.Name, err)
		}
		for _, read := range layertest.ReadWays[[]byte]() {
			if _, err := read.Read(t.Context(), cache, "key"); err != ctxcache.ErrNotFound {
				t.Errorf("%s of a negative entry: %v, want ErrNotFound", read.Name, err)
			}
			if _, err := read.Read(t.Context(), cache, "absent"); err != ctxcache.ErrMiss {
				t.Errorf("%s of an absent key: %v, want ErrMiss", read.Name, err)
			}
		}
	}
}
