package funcvars_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
)

func TestHandleSet(t *testing.T) {
	ctx, store := t.Context(), newStore()
	calls := 0
	get := func(_ context.Context, _ int64, _ ...string) (*point, error) { calls++; return nil, nil }
	w := wrap(t, store, &get, &funcvars.Options{Options: cached.Options{TTL: time.Minute}})
	for _, test := range []struct {
		args   []any
		result any
		want   string
	}{
		{[]any{7}, &point{1, 2}, `{"X":1,"Y":2}`},
		{[]any{7, "a", "b"}, &point{3, 4}, `{"X":3,"Y":4}`},
		{[]any{7}, nil, "null"},
	} {
		if err := w.Set(ctx, test.args, test.result); err != nil {
			t.Fatal(err)
		}
		key, err := w.Key(ctx, test.args...)
		if err != nil {
			t.Fatal(err)
		}
		expectStored(t, store, key, test.want)
		if e, err := store.GetEntry(ctx, key); e.TTL > time.Minute || err != nil {
			t.Errorf("it lives for %v, %v", e.TTL, err)
		}
	}
	got, err := get(ctx, 7, "a", "b")
	if *got != (point{3, 4}) || err != nil || calls != 0 {
		t.Errorf("%v, %v after %d calls", got, err, calls)
	}
	count := func(string) float64 { return 0 } // without a context and an error
	w = wrap(t, store, &count, nil)
	if err := w.Set(ctx, []any{"a"}, 3); err != nil { // an int, as an untyped constant arrives
		t.Fatal(err)
	}
	if got := count("a"); got != 3 {
		t.Errorf("count: %v", got)
	}
}

func TestHandleSetRefusesResults(t *testing.T) {
	ctx, store := t.Context(), newStore()
	count := func(context.Context, string) (float64, error) { return 1, nil }
	w := wrap(t, store, &count, nil)
	for name, test := range map[string]struct {
		result any
		stays  bool
	}{
		"another type":    {"secret", true},
		"nil":             {nil, true},
		"an inexact int":  {int64(math.MaxInt64), true},
		"without JSON":    {math.NaN(), false}, // a value that cannot be stored takes the old one away
		"an argument too": {[]any{1.5}, true},
	} {
		if _, err := w.Refresh(ctx, "a"); err != nil {
			t.Fatal(err)
		}
		err := w.Set(ctx, []any{"a"}, test.result)
		if has, containsErr := w.Contains(ctx, "a"); !errors.Is(err, ctxcache.ErrValue) || has != test.stays || containsErr != nil {
			t.Errorf("%s: %v, then Contains: %v, %v", name, err, has, containsErr)
		}
		var failure *ctxcache.Error
		if !errors.As(err, &failure) || failure.Op != ctxcache.OpSet {
			t.Errorf("%s: %v does not say that it is about Set", name, err)
		}
	}
	if err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.Set(ctx, []any{"a"}, 1.0); !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// A load that began before Set does not replace what Set has stored.
func TestHandleSetDuringALoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := t.Context(), newStore()
		answer, got := make(chan string), make(chan string)
		get := func(context.Context, string) (string, error) { return <-answer, nil }
		w := wrap(t, store, &get, nil)
		go func() { value, _ := get(ctx, "k"); got <- value }()
		synctest.Wait()
		if err := w.Set(ctx, []any{"k"}, "new"); err != nil {
			t.Fatal(err)
		}
		answer <- "old"
		if value := <-got; value != "old" {
			t.Errorf("the caller that came before got %q", value)
		}
		value, err := get(ctx, "k")
		expect(t, value, err, "new", nil)
	})
}

// plain hides all capabilities of a cache.
type plain struct{ ctxcache.Cache[string, []byte] }

func TestCheckOfHandles(t *testing.T) {
	get := func(context.Context, string) (string, error) { return "", nil }
	count := func(string) string { return "" }
	few := &funcvars.Options{Options: cached.Options{MaxLoads: 3}}
	for name, test := range map[string]struct {
		handle *funcvars.Handle
		want   []string
	}{
		"fine":                 {wrap(t, newStore(), &get, few), nil},
		"without a context":    {wrap(t, newStore(), &count, few), []string{"max_loads_without_context"}},
		"no limit":             {wrap(t, newStore(), &count, nil), nil},
		"store without leases": {wrap(t, plain{newStore()}, &get, nil), []string{"no_leases"}},
	} {
		warnings, err := test.handle.Check(t.Context())
		var codes []string
		for _, w := range warnings {
			codes = append(codes, w.Code)
		}
		if !slices.Equal(codes, test.want) || err != nil {
			t.Errorf("%s: %q, %v, want %q", name, codes, err, test.want)
		}
		all, err := ctxcache.Check(t.Context(), test.handle)
		for _, code := range test.want {
			if !slices.ContainsFunc(all, func(w ctxcache.Warning) bool { return w.Code == code }) {
				t.Errorf("%s: ctxcache.Check says %v, %v", name, all, err)
			}
		}
	}
}
