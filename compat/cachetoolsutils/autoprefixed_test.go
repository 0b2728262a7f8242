package cachetoolsutils_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
)

func TestAutoPrefixedCountsUp(t *testing.T) {
	store := newStore[string]()
	opts := &cachetoolsutils.AutoPrefixedOptions{
		Method: cachetoolsutils.PrefixBase16, Counter: cachetoolsutils.NewPrefixCounter(254),
	}
	for range 3 {
		mustSet(t, cachetoolsutils.AutoPrefixedCache[string](store, opts), "k", "")
	}
	wantKeys(t, store, "FE.k", "FF.k", "0100.k")
}

func TestAutoPrefixedAreApart(t *testing.T) {
	const caches = 100
	store := newStore[string]()
	var done sync.WaitGroup
	for range caches {
		done.Go(func() { mustSet(t, cachetoolsutils.AutoPrefixedCache[string](store, nil), "key", "value") })
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
	counter := new(cachetoolsutils.PrefixCounter)
	for _, bad := range []cachetoolsutils.AutoPrefixedOptions{
		{Method: "z85", Counter: counter},
		{Separator: ".", NoSeparator: true, Counter: counter},
	} {
		if err := bad.Validate(); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%+v: %v, want ErrOptions", bad, err)
		}
		c := cachetoolsutils.AutoPrefixedCache[string](newStore[string](), &bad)
		if _, err := c.Get(t.Context(), "key"); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%+v: Get: %v, want ErrOptions", bad, err)
		}
	}
	store := newStore[string]()
	mustSet(t, cachetoolsutils.AutoPrefixedCache[string](store, &cachetoolsutils.AutoPrefixedOptions{Counter: counter}), "key", "")
	wantKeys(t, store, "AA==.key") // the first number: invalid options took none
}
