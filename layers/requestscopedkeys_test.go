package layers_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
	"unsafe"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// TestRequestScopedKeysThatNoMapHas checks that such keys are refused by the inner cache, in every operation, and panic
// nowhere.
func TestRequestScopedKeysThatNoMapHas(t *testing.T) {
	ctx := layers.WithRequestScope(t.Context())
	c := layers.RequestScoped[any, int](memory.New[any, int](nil))
	for name, key := range map[string]any{"NaN": math.NaN(), "unhashable": []int{1}} {
		for i, err := range everyRefusal(ctx, c, key) {
			if !errors.Is(err, ctxcache.ErrKey) {
				t.Errorf("%s, call %d: %v, want ErrKey", name, i, err)
			}
		}
	}
	err := ctxcache.SetMany(ctx, c, map[any]int{math.NaN(): 1}, time.Hour)
	if !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("SetMany of NaN: %v, want ErrKey", err)
	}
	err = ctxcache.FillMany(ctx, c, map[any]ctxcache.Entry[int]{math.NaN(): {}}, nil)
	if err == nil {
		t.Error("FillMany of NaN: no error")
	}
}

func everyRefusal(ctx context.Context, c ctxcache.Cache[any, int], key any) (errs []error) {
	e, keys := ctxcache.NewEntry(1, time.Hour), []any{key}
	_, get := c.Get(ctx, key)
	_, getEntry := ctxcache.GetEntry(ctx, c, key)
	_, contains := ctxcache.Contains(ctx, c, key)
	_, getEntries := ctxcache.GetEntries(ctx, c, keys)
	_, getMany := ctxcache.GetMany(ctx, c, keys)
	_, _, getLease := ctxcache.GetLease(ctx, c, key, 0)
	_, _, getLeases := ctxcache.GetLeases(ctx, c, keys, 0)
	_, remove := ctxcache.Remove(ctx, c, key)
	return []error{
		get, getEntry, contains, getEntries, getMany, getLease, getLeases, remove,
		c.Set(ctx, key, 1, time.Hour), ctxcache.SetEntry(ctx, c, key, e), c.Delete(ctx, key), ctxcache.DeleteMany(ctx, c, keys),
	}
}

// TestRequestScopedKeysThatAreViewsOfABuffer checks that a scope has its own copies of keys.
func TestRequestScopedKeysThatAreViewsOfABuffer(t *testing.T) {
	for _, way := range scopedReads[int]() {
		store, c, asked, ctx := scopedStack(t)
		layertest.MustSet(t, store, "alice", 1)
		layertest.MustSet(t, store, "mally", 2)
		buffer := []byte("alice")
		key := unsafe.String(&buffer[0], len(buffer))
		if value, err := way.Read(ctx, c, key); value != 1 || err != nil {
			t.Errorf("%s = %d, %v, want 1", way.Name, value, err)
		}
		copy(buffer, "mally")
		for name, want := range map[string]int{"alice": 1, "mally": 2} {
			if value, err := way.Read(ctx, c, name); value != want || err != nil {
				t.Errorf("%s(%s) = %d, %v, want %d", way.Name, name, value, err, want)
			}
		}
		if got := asked.take(); len(got) != 2 { // the first key has the bytes of the second by now
			t.Errorf("%s: asked %d times, want once for alice and once for mally", way.Name, len(got))
		}
	}
}

// TestRequestScopedBound checks that a scope remembers at most 10,000 entries of a layer.
func TestRequestScopedBound(t *testing.T) {
	store := memory.New(&memory.Options[string, int]{MaxEntries: 100_000})
	counted, asked := counting[int](store)
	c, ctx := layers.RequestScoped(counted), layers.WithRequestScope(t.Context())
	values := make(map[string]int)
	for i := range 10_001 {
		values[fmt.Sprint(i)] = i
	}
	if err := ctxcache.SetMany[string, int](t.Context(), store, values, time.Hour); err != nil {
		t.Fatal(err)
	}
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	for range 2 {
		if got, err := ctxcache.GetMany(ctx, c, keys); len(got) != len(values) || err != nil {
			t.Fatalf("GetMany: %d values, %v", len(got), err)
		}
	}
	if got := len(asked.take()); got != len(values)+1 {
		t.Errorf("asked for %d keys, want each once, and one again", got)
	}
}
