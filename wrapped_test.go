package cached_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

type userID string

func TestWrapped(t *testing.T) {
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
	args := []any{7, "ada", 1, 2} // the default types of the constants, which are not those of the parameters

	key, err := w.Key(args...)
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

func TestWrappedRefreshFails(t *testing.T) {
	s := newOrigin("k", "v")
	failure := errors.New("source down")
	s.fail(failure)
	get := s.load
	w := wrap(t, newStore(), &get, nil)
	if got, err := w.Refresh(t.Context(), "k"); got != nil || !errors.Is(err, failure) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestWrappedRefusesArguments(t *testing.T) {
	ctx := t.Context()
	get := func(context.Context, int8, *point, ...int) (string, error) { return "", nil }
	w := wrap(t, newStore(), &get, nil)
	if key, err := w.Key(1, nil); key != "f.[1,null]" || err != nil {
		t.Errorf("nil for a pointer: %q, %v", key, err)
	}
	for want, args := range map[string][]any{
		"1 arguments for a func(context.Context, int8, *cached_test.point, ...int) (string, error)": {1},
		"argument 1 is no int8":               {300, nil},
		"argument 1 is no int8 ":              {1.5, nil},
		"argument 1 is no int8  ":             {"1", nil},
		"argument 1 is no int8   ":            {nil, nil},
		"argument 2 is no *cached_test.point": {1, point{}},
		"argument 3 is no int":                {1, nil, "x"},
	} {
		_, containsErr := w.Contains(ctx, args...)
		_, deleteErr := w.Delete(ctx, args...)
		_, refreshErr := w.Refresh(ctx, args...)
		_, keyErr := w.Key(args...)
		for op, err := range map[string]error{
			"contains": containsErr, "delete": deleteErr, "refresh": refreshErr, "key": keyErr,
		} {
			if !errors.Is(err, ctxcache.ErrKey) || !strings.HasPrefix(err.Error(), "func "+op+": invalid key: "+strings.TrimSpace(want)) {
				t.Errorf("%s: %v, want %s", op, err, want)
			}
		}
	}
	text := func(string) int { return 0 }
	if _, err := wrap(t, newStore(), &text, nil).Key(65); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("a number for a string: %v", err)
	}
}

func TestFuncsWrapTheOriginalAgain(t *testing.T) {
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

func TestFuncsForgetWhatIsGone(t *testing.T) {
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
		default:
			runtime.Gosched()
		}
	}
	t.Error("the original of a wrapper that is gone is still there")
}

func TestFuncsCodecs(t *testing.T) {
	store := newStore()
	calls := 0
	secret := func(n int) hidden { calls++; return hidden{n} }
	failing := func(n int) (err any) { calls++; return n }
	opts := &cached.FuncsOptions{Codecs: []cached.ResultCodec{
		cached.CodecFor(hiddenCodec{}), cached.CodecFor(layers.Gob[any]{}),
	}}
	if _, err := cached.Funcs(store, cached.Vars{"s.": &secret, "f.": &failing}, opts); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := secret(7); got != (hidden{7}) {
			t.Errorf("secret: %v", got)
		}
		if got := failing(7); got != 7 {
			t.Errorf("any: %v", got)
		}
	}
	if calls != 2 {
		t.Errorf("%d calls", calls)
	}
	expectStored(t, store, "s.[7]", "\x07")
}

// hiddenCodec writes the one byte that it needs.
type hiddenCodec struct{}

func (hiddenCodec) Encode(h hidden) ([]byte, error) { return []byte{byte(h.secret)}, nil }

func (hiddenCodec) Decode(data []byte) (hidden, error) {
	if len(data) != 1 {
		return hidden{}, errors.New("not one byte")
	}
	return hidden{int(data[0])}, nil
}

func TestFuncsKeyOption(t *testing.T) {
	store := newStore()
	get := func(_ context.Context, h hidden, _ ...chan int) (int, error) { return h.secret, nil }
	w := wrap(t, store, &get, &cached.FuncsOptions{Key: func(args []any) (string, error) {
		if len(args) != 2 {
			return "", errors.New("too many channels")
		}
		return string(rune('a' + args[0].(hidden).secret)), nil
	}})
	if got, err := get(t.Context(), hidden{2}, nil); got != 2 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	key, err := w.Key(hidden{2}, nil)
	expect(t, key, err, "f.c", nil)
	expectStored(t, store, key, "2")
	if _, err := get(t.Context(), hidden{2}); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("no key: %v", err)
	}
}
