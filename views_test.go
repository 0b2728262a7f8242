package cached_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// buffer is a request buffer of a web server. Strings that it returns are good until it is used again.
type buffer []byte

func (b buffer) view() string { return unsafe.String(&b[0], len(b)) }

type (
	name  string
	route struct {
		method string
		parts  [2]name
		any    any
	}
)

// The load outlives the call whose key is a view of a buffer. The value of the key that the buffer has next is not stored
// under the first one.
func TestFuncKeyThatIsAViewOfABuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		f := cached.Func(store, func(_ context.Context, key string) (string, error) {
			time.Sleep(time.Second)
			return strings.Clone(key), nil
		}, nil)
		buf := buffer("user-aaaa")
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := f.Get(ctx, buf.view()); err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		copy(buf, "user-bbbb")
		for _, user := range []string{"user-aaaa", "user-bbbb"} {
			value, err := f.Get(t.Context(), user)
			expect(t, value, err, user, nil)
		}
		if n, err := store.Len(t.Context(), ctxcache.Scope[string]{}); n != 2 || err != nil {
			t.Errorf("%d entries, %v", n, err)
		}
		if stats, err := f.Stats(t.Context()); stats.Loads != 2 || stats.Joined != 1 || err != nil {
			t.Errorf("counted %+v, %v", stats, err)
		}
	})
}

// A load keeps a copy of its key. The copy has no views of the buffer, for every type of key.
func TestFuncKeyWithViewsOfABuffer(t *testing.T) {
	copiesKey(t, "a string", func(s string) string { return s })
	copiesKey(t, "a string type", func(s string) name { return name(s) })
	copiesKey(t, "an array", func(s string) [2]string { return [2]string{"x", s} })
	copiesKey(t, "an interface", func(s string) any { return s })
	copiesKey(t, "a struct in an interface", func(s string) any { return route{method: s} })
	copiesKey(t, "a struct", func(s string) route { return route{method: s, parts: [2]name{"", name(s)}, any: name(s)} })
}

func copiesKey[K comparable](t *testing.T, kind string, key func(string) K) {
	t.Helper()
	buf := buffer("user-aaaa")
	kept := own.Copy(key(buf.view()))
	copy(buf, "user-bbbb")
	if want := key("user-aaaa"); kept != want {
		t.Errorf("%s: the key has become %v, want %v", kind, kept, want)
	}
}

// The flight itself outlives its leader, too.
func TestFlightKeyThatIsAViewOfABuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cached.Flight[string, string]
		g := newGated()
		buf := buffer("user-aaaa")
		ctx, cancel := context.WithCancel(t.Context())
		leader := do(ctx, &f, buf.view(), g.load)
		<-g.began
		joiner := do(t.Context(), &f, "user-aaaa", g.load)
		synctest.Wait()
		cancel()
		<-leader
		copy(buf, "user-bbbb")
		g.release <- "a"
		if r := <-joiner; r != (result{"a", true, nil}) {
			t.Errorf("the joiner got %v", r)
		}
		for _, key := range []string{"user-aaaa", "user-bbbb"} { // no flight is left behind
			r := <-do(t.Context(), &f, key, func(context.Context) (string, error) { return key, nil })
			if r != (result{key, false, nil}) {
				t.Errorf("%s: got %v", key, r)
			}
		}
	})
}

// The arguments of a KeyedFunc are views as well: its load uses them after the call.
func TestKeyedFuncArgumentsThatAreViewsOfABuffer(t *testing.T) {
	type query struct {
		Table  string
		Fields []string
		Body   []byte
	}
	synctest.Test(t, func(t *testing.T) {
		f := cached.KeyedFunc(newMemory(), cached.JSONKeyOf, func(_ context.Context, q query) (string, error) {
			time.Sleep(time.Second)
			return fmt.Sprintf("%s %s %s", q.Table, q.Fields, q.Body), nil
		}, nil)
		buf := buffer("aaaa")
		fields := []string{buf.view()}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := f.Get(ctx, query{buf.view(), fields, buf}); err != context.DeadlineExceeded {
			t.Fatal(err)
		}
		copy(buf, "bbbb")
		fields[0] = "cccc"
		time.Sleep(time.Minute)
		value, err := f.Get(t.Context(), query{"aaaa", []string{"aaaa"}, []byte("aaaa")})
		expect(t, value, err, "aaaa [aaaa] aaaa", nil)
		if stats, err := f.Stats(t.Context()); stats.Loads != 1 || err != nil {
			t.Errorf("%d loads, %v", stats.Loads, err)
		}
	})
}

// A slice that contains itself does not end the process.
func TestKeyedFuncArgumentsThatContainThemselves(t *testing.T) {
	loop := []any{"a", nil}
	loop[1] = loop
	f := cached.KeyedFunc(newMemory(), func(context.Context, []any) (string, error) { return "k", nil },
		func(_ context.Context, args []any) (string, error) { return args[0].(string), nil }, nil)
	value, err := f.Get(t.Context(), loop)
	expect(t, value, err, "a", nil)
}

// The cache keeps the key that Set stores the value under.
func TestFuncSetKeyThatIsAViewOfABuffer(t *testing.T) {
	f := cached.Func(newMemory(), newOrigin().load, nil)
	buf := buffer("user-aaaa")
	if err := f.Set(t.Context(), buf.view(), "v"); err != nil {
		t.Fatal(err)
	}
	copy(buf, "user-bbbb")
	value, err := f.Get(t.Context(), "user-aaaa")
	expect(t, value, err, "v", nil)
	_, err = f.Get(t.Context(), "user-bbbb")
	expect(t, "", err, "", ctxcache.ErrNotFound)
}
