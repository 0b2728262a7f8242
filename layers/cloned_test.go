package layers_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

func TestClonedWhicheverWay(t *testing.T) {
	for _, write := range layertest.SetWays[[]string]() {
		for _, read := range layertest.ReadWays[[]string]() {
			t.Run(write.Name+"/"+read.Name, func(t *testing.T) {
				cache := layers.Cloned(newMemory[[]string](), slices.Clone[[]string])
				mine := []string{"a", "b"}
				e := ctxcache.Entry[[]string]{Value: mine, Meta: ctxcache.Meta{TTL: time.Hour}}
				if err := write.Write(t.Context(), cache, "key", e); err != nil {
					t.Fatal(err)
				}
				mine[0] = "modified after it was given"
				for range 2 {
					got, err := read.Read(t.Context(), cache, "key")
					if want := []string{"a", "b"}; err != nil || !slices.Equal(got, want) {
						t.Fatalf("%s = %q, %v, want %q", read.Name, got, err, want)
					}
					got[0] = "modified after it was got"
				}
			})
		}
	}
}

func TestClonedCopiesOnlyValues(t *testing.T) {
	clone := func(value []string) []string {
		if value == nil {
			t.Error("copied where there is no value")
		}
		return slices.Clone(value)
	}
	for _, write := range layertest.WriteWays[[]string]() {
		cache := layers.Cloned(newMemory[[]string](), clone)
		if err := write.Write(t.Context(), cache, "key", ctxcache.Entry[[]string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}); err != nil {
			t.Fatalf("%s: %v", write.Name, err)
		}
		for _, read := range layertest.ReadWays[[]string]() {
			if _, err := read.Read(t.Context(), cache, "key"); err != ctxcache.ErrNotFound {
				t.Errorf("%s of a negative entry: %v, want ErrNotFound", read.Name, err)
			}
			if _, err := read.Read(t.Context(), cache, "absent"); err != ctxcache.ErrMiss {
				t.Errorf("%s of an absent key: %v, want ErrMiss", read.Name, err)
			}
		}
	}
}
