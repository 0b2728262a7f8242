package layers_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// Get of a cached function asks far for a lease, and for nothing else. GetMany reads the keys before it asks for leases. Either
// way each read is recorded once.
func TestRecordedReadsOfFar(t *testing.T) {
	var trace bytes.Buffer
	store := memory.New[string, string](nil)
	far := layers.Recorded(ctxcache.Cache[string, string](store), &trace, &layers.RecordedOptions{Sample: 1})
	near := memory.New[string, string](nil)
	levels := twolevel.New(near, far, nil)
	ctx := t.Context()
	one := cached.Func(levels, func(_ context.Context, key string) (string, error) { return key, nil }, nil)
	many := cached.Bulk(levels, func(_ context.Context, keys []string) (map[string]string, error) {
		values := make(map[string]string)
		for _, key := range keys {
			values[key] = key
		}
		return values, nil
	}, nil)
	get := func() {
		t.Helper()
		if value, err := one.Get(ctx, "a"); err != nil || value != "a" {
			t.Errorf("Get: %q, %v", value, err)
		}
	}
	get() // it is loaded, and stored in far
	get() // far has it, and near gets it
	get() // near has it
	if err := ctxcache.Clear(ctx, near); err != nil {
		t.Fatal(err)
	}
	get()                                                                      // far has it
	if _, err := many.GetMany(ctx, []string{"a", "b", "c", "d"}); err != nil { // near has a
		t.Errorf("GetMany: %v", err)
	}
	for _, end := range []func(context.Context) error{one.Close, many.Close} {
		if err := end(ctx); err != nil {
			t.Error(err)
		}
	}
	if err := levels.Close(); err != nil {
		t.Error(err)
	}
	if err := far.Stop(); err != nil {
		t.Fatal(err)
	}
	got := records(t, trace.Bytes())
	if len(got) != 6 {
		t.Fatalf("%d records, want 6", len(got))
	}
	if got[0] != got[1] || got[1] != got[2] || got[2] == got[3] {
		t.Errorf("the first three records are of one key, and the others are not: %x", got)
	}
}

// A function reads its only cache once for each access, although it asks for a lease after a miss.
func TestRecordedMissOfAFunctionOnce(t *testing.T) {
	var trace bytes.Buffer
	c := layers.Recorded(newMemory[string](), &trace, &layers.RecordedOptions{Sample: 1})
	f := cached.Func(c, func(context.Context, string) (string, error) { return "1", nil }, &cached.Options{TTL: time.Hour})
	for range 2 { // a miss, then a hit
		if _, err := f.Get(t.Context(), "a"); err != nil {
			t.Error(err)
		}
	}
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(records(t, trace.Bytes())); n != 2 {
		t.Errorf("%d records, want 2", n)
	}
}
