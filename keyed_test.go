package cached_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

type span struct {
	From, To int
	Tags     []string
}

func spanKey(_ context.Context, s span) (string, error) { return cached.JSONKey(s.From, s.To, s.Tags) }

func describe(_ context.Context, s span) (string, error) {
	return strings.Repeat("-", s.To-s.From) + strings.Join(s.Tags, ","), nil
}

func TestKeyedFunc(t *testing.T) {
	ctx := t.Context()
	for _, detach := range []bool{false, true} {
		cache := newMemory()
		spans := cached.KeyedFunc(cache, spanKey, describe, &cached.Options{Detach: detach})
		args := span{1, 3, []string{"a"}}
		for range 2 {
			value, err := spans.Get(ctx, args)
			expect(t, value, err, "--a", nil)
		}
		key, err := spans.Key(ctx, args)
		expect(t, key, err, `[1,3,["a"]]`, nil)
		stored, err := cache.Get(ctx, key)
		expect(t, stored, err, "--a", nil)
		if has, err := spans.Contains(ctx, args); !has || err != nil {
			t.Errorf("Contains: %v, %v", has, err)
		}
		if was, err := spans.Delete(ctx, args); !was || err != nil {
			t.Errorf("Delete: %v, %v", was, err)
		}
		value, err := spans.Refresh(ctx, args)
		expect(t, value, err, "--a", nil)
		if stats, err := spans.Stats(ctx); stats.Loads != 2 || err != nil {
			t.Errorf("counted %+v, %v", stats, err)
		}
		if err := spans.Clear(ctx); err != nil {
			t.Fatal(err)
		}
		if has, err := spans.Contains(ctx, args); has || err != nil {
			t.Errorf("Contains after Clear: %v, %v", has, err)
		}
		if err := spans.Close(ctx); err != nil {
			t.Fatal(err)
		}
		_, err = spans.Get(ctx, args)
		expect(t, "", err, "", ctxcache.ErrClosed)
	}
}

func TestKeyedFuncWithoutKey(t *testing.T) {
	secret := errors.New("no key for Ada Lovelace")
	f := cached.KeyedFunc(newMemory(), func(_ context.Context, name string) (string, error) {
		if name == "told" {
			return "", ctxcache.ErrKey
		}
		return "", secret
	}, newOrigin().load, nil)
	calls := map[string]func(context.Context, string) error{
		"get":      func(ctx context.Context, k string) error { _, err := f.Get(ctx, k); return err },
		"refresh":  func(ctx context.Context, k string) error { _, err := f.Refresh(ctx, k); return err },
		"contains": func(ctx context.Context, k string) error { _, err := f.Contains(ctx, k); return err },
		"delete":   func(ctx context.Context, k string) error { _, err := f.Delete(ctx, k); return err },
		"key":      func(ctx context.Context, k string) error { _, err := f.Key(ctx, k); return err },
	}
	for op, call := range calls {
		err := call(t.Context(), "ada")
		if !errors.Is(err, ctxcache.ErrKey) || !errors.Is(err, secret) || strings.Contains(err.Error(), "Ada") {
			t.Errorf("%s: %v", op, err)
		}
		if err := call(t.Context(), "told"); err.Error() != "func "+op+": invalid key" {
			t.Errorf("%s: %v", op, err)
		}
		if op == "key" { // waits for nothing
			continue
		}
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if err := call(done, "ada"); err != context.Canceled {
			t.Errorf("%s with a done context: %v", op, err)
		}
	}
}

func TestNilFunctionsPanic(t *testing.T) {
	for name, build := range map[string]func(){
		"key":   func() { cached.KeyedFunc(newMemory(), nil, describe, nil) },
		"load":  func() { cached.KeyedFunc[span, string, string](newMemory(), spanKey, nil, nil) },
		"cache": func() { cached.KeyedFunc(nil, spanKey, describe, nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a nil %s: no panic", name)
				}
			}()
			build()
		}()
	}
}

func TestFuncClear(t *testing.T) {
	s := newOrigin("k", "old")
	entered, open := make(chan struct{}, 2), make(chan struct{})
	f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
		value, err := s.load(ctx, key)
		entered <- struct{}{}
		<-open
		return value, err
	}, nil)
	get := async(func() (string, error) { return f.Get(t.Context(), "k") })
	<-entered
	s.set("k", "new")
	if err := f.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := async(func() (string, error) { return f.Get(t.Context(), "k") })
	<-entered // by a flight of its own
	close(open)
	first, second := <-get, <-again
	expect(t, first.value, first.err, "old", nil)
	expect(t, second.value, second.err, "new", nil)
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "new", nil)
	s.expect(t, 2)
}

func TestFuncClearUnsupported(t *testing.T) {
	plain := struct{ ctxcache.Cache[string, string] }{newMemory()}
	if err := cached.Func(plain, newOrigin().load, nil).Clear(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("over three methods: %v", err)
	}
	closed := cached.Func(newMemory(), newOrigin().load, nil)
	if err := closed.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := closed.Clear(t.Context()); !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	cache := memory.New[string, string](nil)
	if err := cache.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cached.Func(cache, newOrigin().load, nil).Clear(t.Context()); !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("of a closed cache: %v", err)
	}
}

// forgetful is a Tracer whose contexts have nothing of those it is given: neither values nor an end.
type forgetful struct{}

func (forgetful) Call(context.Context, ctxcache.Operation) (context.Context, func(string, context.Context, error)) {
	return context.Background(), nil
}

func (forgetful) Load(context.Context) (context.Context, func(error)) {
	return context.Background(), nil
}

// The arguments travel with the call, not in its context: a Tracer that replaces that does not lose them.
func TestKeyedFuncArgumentsSurviveATracer(t *testing.T) {
	for _, detach := range []bool{false, true} {
		spans := cached.KeyedFunc(newMemory(), spanKey, describe, &cached.Options{Tracer: forgetful{}, Detach: detach})
		args := span{1, 3, []string{"a"}}
		value, err := spans.Get(t.Context(), args)
		expect(t, value, err, "--a", nil)
		value, err = spans.Refresh(t.Context(), args)
		expect(t, value, err, "--a", nil)
		value, err = spans.Get(t.Context(), args)
		expect(t, value, err, "--a", nil)
	}
}

// A load under such a Tracer is still known to be one.
func TestFuncRecursionUnderATracer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which finds a deadlock
		var f *cached.Function[string, string]
		f = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			return f.Get(ctx, key)
		}, &cached.Options{Tracer: loadForgetful{}})
		if _, err := f.Get(t.Context(), "k"); !errors.Is(err, cached.ErrRecursiveLoad) {
			t.Errorf("got %v", err)
		}
	})
}

// loadForgetful is forgetful in loads only.
type loadForgetful struct{ forgetful }

func (loadForgetful) Call(
	ctx context.Context, _ ctxcache.Operation,
) (context.Context, func(string, context.Context, error)) {
	return ctx, nil
}

func TestKeyedFuncKeyOfTheContext(t *testing.T) {
	type tenantKey struct{}
	tenant := func(ctx context.Context) string { name, _ := ctx.Value(tenantKey{}).(string); return name }
	prices := cached.KeyedFunc(newMemory(),
		func(ctx context.Context, item string) (string, error) { return tenant(ctx) + ":" + item, nil },
		func(ctx context.Context, item string) (string, error) { return item + " for " + tenant(ctx), nil }, nil)
	for _, name := range []string{"ada", "emmy", "ada"} {
		ctx := context.WithValue(t.Context(), tenantKey{}, name)
		value, err := prices.Get(ctx, "tea")
		expect(t, value, err, "tea for "+name, nil)
		key, err := prices.Key(ctx, "tea")
		expect(t, key, err, name+":tea", nil)
		if has, err := prices.Contains(ctx, "tea"); !has || err != nil {
			t.Errorf("Contains: %v, %v", has, err)
		}
	}
	if stats, err := prices.Stats(t.Context()); stats.Loads != 2 || err != nil {
		t.Errorf("%d loads, %v; want one for each tenant", stats.Loads, err)
	}
}

func TestJSONKeyOf(t *testing.T) {
	spans := cached.KeyedFunc(newMemory(), cached.JSONKeyOf, describe, nil)
	args := span{1, 3, []string{"a"}}
	value, err := spans.Get(t.Context(), args)
	expect(t, value, err, "--a", nil)
	key, err := spans.Key(t.Context(), args)
	expect(t, key, err, `[{"From":1,"To":3,"Tags":["a"]}]`, nil)
	same, err := cached.JSONKey(args)
	expect(t, key, err, same, nil)
	_, err = cached.JSONKeyOf(t.Context(), make(chan int))
	expect(t, "", err, "", ctxcache.ErrKey)
}
