package layers_test

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// autoPrefixedVector is what Python's AutoPrefixedCache makes of a key when its counter is there.
type autoPrefixedVector struct {
	ID        string
	Counter   string
	Sep       struct{ V hexBytes }
	Method    layers.PrefixMethod
	Key       struct{ V hexBytes }
	StoredKey struct{ V hexBytes } `json:"stored_key"`
	Error     string
}

func TestAutoPrefixedAsPython(t *testing.T) {
	for _, v := range readVectors[autoPrefixedVector](t, "testdata/autoprefixed.json") {
		first, err := strconv.ParseUint(v.Counter, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		opts := &layers.AutoPrefixedOptions{
			Separator:   string(v.Sep.V),
			NoSeparator: len(v.Sep.V) == 0,
			Method:      v.Method,
			Counter:     layers.NewPrefixCounter(first),
		}
		if v.Error != "" {
			if err := opts.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("%s: %v, want ErrOptions", v.ID, err)
			}
			continue
		}
		store := newMemory[string]()
		mustSet(t, layers.AutoPrefixed(store, opts), string(v.Key.V), "value")
		wantKeys(t, store, string(v.StoredKey.V))
	}
}

func TestAutoPrefixedCountsUp(t *testing.T) {
	store := newMemory[string]()
	counter := layers.NewPrefixCounter(254)
	for range 3 {
		mustSet(t, layers.AutoPrefixed(store, &layers.AutoPrefixedOptions{Method: layers.PrefixBase16, Counter: counter}), "k", "")
	}
	wantKeys(t, store, "FE.k", "FF.k", "0100.k")
}

func TestAutoPrefixedAreApart(t *testing.T) {
	const caches = 100
	store := newMemory[string]()
	var done sync.WaitGroup
	for range caches {
		done.Go(func() { mustSet(t, layers.AutoPrefixed(store, nil), "key", "value") })
	}
	done.Wait()
	if n, err := ctxcache.Len(t.Context(), store); n != caches || err != nil {
		t.Errorf("%d prefixes, %v, want %d", n, err, caches)
	}
	for key, err := range ctxcache.Keys(t.Context(), store) {
		if err != nil || !strings.HasSuffix(key, ".key") {
			t.Errorf("stored key %q, %v", key, err)
		}
	}
}

func TestAutoPrefixedOptions(t *testing.T) {
	counter := new(layers.PrefixCounter)
	for _, bad := range []layers.AutoPrefixedOptions{
		{Method: "z85", Counter: counter},
		{Separator: ".", NoSeparator: true, Counter: counter},
	} {
		if err := bad.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%+v: %v, want ErrOptions", bad, err)
		}
		c := layers.AutoPrefixed(newMemory[string](), &bad)
		if _, err := c.Get(t.Context(), "key"); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%+v: Get: %v, want ErrOptions", bad, err)
		}
	}
	store := newMemory[string]()
	mustSet(t, layers.AutoPrefixed(store, &layers.AutoPrefixedOptions{Counter: counter}), "key", "")
	wantKeys(t, store, "AA==.key") // the first number: invalid options took none
}
