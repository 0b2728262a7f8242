package funcvars_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
)

type userID string

func TestHandle(t *testing.T) {
	ctx := t.Context()
	store := newStore()
	if err := store.Set(ctx, "other", []byte("1"), 0); err != nil {
		t.Fatal(err)
	}
	version := "old"
	get := func(_ context.Context, _ int64, _ userID, _ ...uint8) (string, error) { return version, nil }
	w := wrap(t, store, &get, nil)
	value, err := get(ctx, 7, "ada", 1, 2)
	expect(t, value, err, "old", nil)
	args := []any{7, "ada", 1, 2} // the default types of the constants, which the parameters do not have

	key, err := w.Key(t.Context(), args...)
	expect(t, key, err, `f.[7,"ada",1,2]`, nil)
	expectStored(t, store, key, `"old"`)
	if has, err := w.Contains(ctx, args...); !has || err != nil {
		t.Errorf("Contains: %v, %v", has, err)
	}
	version = "new"
	if got, err := w.Refresh(ctx, args...); got != "new" || err != nil {
		t.Errorf("Refresh: %v, %v", got, err)
	}
	expectStored(t, store, key, `"new"`)
	for _, want := range []bool{true, false} {
		if was, err := w.Delete(ctx, args...); was != want || err != nil {
			t.Errorf("Delete: %v, %v; want %v", was, err, want)
		}
	}
	stats, err := w.Stats(ctx)
	if stats.Name != "f." || stats.Loads != 2 || len(stats.Children) != 1 || err != nil {
		t.Errorf("Stats: %+v, %v", stats, err)
	}
	value, err = get(ctx, 7, "ada", 1, 2)
	expect(t, value, err, "new", nil)
	if err := w.Clear(ctx); err != nil {
		t.Fatal(err)
	}
	if has, err := w.Contains(ctx, args...); has || err != nil {
		t.Errorf("Contains after Clear: %v, %v", has, err)
	}
	expectStored(t, store, "other", "1")
}

func TestHandleRefreshFails(t *testing.T) {
	s := newOrigin("k", "v")
	failure := errors.New("source down")
	s.fail(failure)
	get := s.load
	w := wrap(t, newStore(), &get, nil)
	if got, err := w.Refresh(t.Context(), "k"); got != nil || !errors.Is(err, failure) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestHandleRefusesArguments(t *testing.T) {
	ctx := t.Context()
	get := func(context.Context, int8, *point, ...int) (string, error) { return "", nil }
	w := wrap(t, newStore(), &get, nil)
	if key, err := w.Key(t.Context(), 1, nil); key != "f.[1,null]" || err != nil {
		t.Errorf("nil for a pointer: %q, %v", key, err)
	}
	for want, args := range map[string][]any{
		"1 arguments for a func(context.Context, int8, *funcvars_test.point, ...int) (string, error)": {1},
		"argument 1 is not of type int8":                 {300, nil},
		"argument 1 is not of type int8 ":                {1.5, nil},
		"argument 1 is not of type int8  ":               {"1", nil},
		"argument 1 is not of type int8   ":              {nil, nil},
		"argument 2 is not of type *funcvars_test.point": {1, point{}},
		"argument 3 is not of type int":                  {1, nil, "x"},
	} {
		_, containsErr := w.Contains(ctx, args...)
		_, deleteErr := w.Delete(ctx, args...)
		_, refreshErr := w.Refresh(ctx, args...)
		_, keyErr := w.Key(t.Context(), args...)
		setErr := w.Set(ctx, args, "value")
		for op, err := range map[string]error{
			"contains": containsErr, "delete": deleteErr, "refresh": refreshErr, "key": keyErr, "set": setErr,
		} {
			if !errors.Is(err, ctxcache.ErrKey) || !strings.HasPrefix(err.Error(), "func "+op+": invalid key: "+strings.TrimSpace(want)) {
				t.Errorf("%s: %v, want %s", op, err, want)
			}
		}
	}
	text := func(string) int { return 0 }
	if _, err := wrap(t, newStore(), &text, nil).Key(t.Context(), 65); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("a number for a string: %v", err)
	}
}

func TestReplaceWrapTheOriginalAgain(t *testing.T) {
	s := newOrigin("k", "v")
	get := s.load
	first, second := newStore(), newStore()
	wrap(t, first, &get, nil)
	value, err := get(t.Context(), "k")
	expect(t, value, err, "v", nil)
	alias := get
	wrap(t, second, &get, nil)
	value, err = get(t.Context(), "k")
	expect(t, value, err, "v", nil)
	s.expect(t, 2) // not answered by the first store
	expectStored(t, second, `f.["k"]`, `"v"`)

	wrap(t, second, &alias, nil) // the wrapper, by another variable
	if err := second.Delete(t.Context(), `f.["k"]`); err != nil {
		t.Fatal(err)
	}
	value, err = alias(t.Context(), "k")
	expect(t, value, err, "v", nil)
	s.expect(t, 3)

	if err := first.Delete(t.Context(), `f.["k"]`); err != nil {
		t.Fatal(err)
	}
	around := func(ctx context.Context, key string) (string, error) { return alias(ctx, key) }
	wrap(t, first, &around, nil) // a function of its own, which calls a wrapper
	value, err = around(t.Context(), "k")
	expect(t, value, err, "v", nil)
	s.expect(t, 3)
}

func TestReplaceForgetWhatIsGone(t *testing.T) {
	collected := make(chan struct{})
	func() {
		captured := new([1024]byte)
		runtime.AddCleanup(captured, func(done chan struct{}) { close(done) }, collected)
		var recursive func(n int) (byte, error)
		recursive = func(n int) (byte, error) {
			if n < 0 {
				return recursive(0)
			}
			return captured[n], nil
		}
		store := newStore()
		wrap(t, store, &recursive, nil)
		wrap(t, store, &recursive, nil)
		if got, err := recursive(-1); got != 0 || err != nil {
			t.Errorf("%v, %v", got, err)
		}
	}()
	for range 1000 {
		runtime.GC()
		select {
		case <-collected:
			return
		case <-time.After(time.Microsecond): // so that goroutines which still hold it run, and end
		}
	}
	t.Error("the original of a wrapper that is gone is still there")
}

func TestReplaceKeyOption(t *testing.T) {
	store := newStore()
	get := func(_ context.Context, h hidden, _ ...chan int) (int, error) { return h.secret, nil }
	w := wrap(t, store, &get, &funcvars.Options{Key: func(_ context.Context, args []any) (string, error) {
		if len(args) != 2 {
			return "", errors.New("too many channels")
		}
		return string(rune('a' + args[0].(hidden).secret)), nil
	}})
	if got, err := get(t.Context(), hidden{2}, nil); got != 2 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	key, err := w.Key(t.Context(), hidden{2}, nil)
	expect(t, key, err, "f.c", nil)
	expectStored(t, store, key, "2")
	if _, err := get(t.Context(), hidden{2}); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("no key: %v", err)
	}
}

func TestReplaceKeyOfTheContext(t *testing.T) {
	type tenantKey struct{}
	tenant := func(ctx context.Context) string { name, _ := ctx.Value(tenantKey{}).(string); return name }
	price := func(ctx context.Context, item string) (string, error) { return item + " for " + tenant(ctx), nil }
	count := func(item string) int { return len(item) }
	store := newStore()
	opts := &funcvars.Options{Key: func(ctx context.Context, args []any) (string, error) {
		return cached.JSONKey(append([]any{tenant(ctx)}, args...)...)
	}}
	handles, err := funcvars.Replace(store, funcvars.Vars{"price.": &price, "count.": &count}, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ada", "emmy", "ada"} {
		ctx := context.WithValue(t.Context(), tenantKey{}, name)
		value, err := price(ctx, "tea")
		expect(t, value, err, "tea for "+name, nil)
		key, err := handles["price."].Key(ctx, "tea")
		expect(t, key, err, `price.["`+name+`","tea"]`, nil)
		expectStored(t, store, key, `"tea for `+name+`"`)
		if has, err := handles["price."].Contains(ctx, "tea"); !has || err != nil {
			t.Errorf("Contains: %v, %v", has, err)
		}
	}
	if got := count("tea"); got != 3 { // it has no context of its own
		t.Errorf("count: %d", got)
	}
	expectStored(t, store, `count.["","tea"]`, "3")
}
