package funcvars_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
	"github.com/ctxcache/cached/layers"
)

// wrap replaces one function, under the prefix "f.".
func wrap(t *testing.T, store ctxcache.Cache[string, []byte], variable any, opts *funcvars.Options) *funcvars.Handle {
	t.Helper()
	handles, err := funcvars.Replace(store, funcvars.Vars{"f.": variable}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return handles["f."]
}

// expectStored fails the test unless store has that text under key.
func expectStored(t *testing.T, store ctxcache.Cache[string, []byte], key, want string) {
	t.Helper()
	data, err := store.Get(t.Context(), key)
	expect(t, string(data), err, want, nil)
}

func TestReplaceKeysAndResults(t *testing.T) {
	store := newStore()
	calls := 0
	counted := func(text string) string { calls++; return text }
	byName := func(_ context.Context, first, last string) (string, error) { return counted(first + " " + last), nil }
	plain := func(p *point) int { calls++; return p.X + p.Y }
	none := func() []string { calls++; return []string{"a", "b"} }
	variadic := func(_ context.Context, sep string, texts ...string) (string, error) {
		return counted(strings.Join(texts, sep)), nil
	}
	_, err := funcvars.Replace(store, funcvars.Vars{"name.": &byName, "plain.": &plain, "none.": &none, "join.": &variadic}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		value, err := byName(t.Context(), "Ada", "<Lovelace>")
		expect(t, value, err, "Ada <Lovelace>", nil)
		if got := plain(&point{1, 2}); got != 3 {
			t.Errorf("plain: %d", got)
		}
		if got := none(); len(got) != 2 || got[1] != "b" {
			t.Errorf("none: %q", got)
		}
		value, err = variadic(t.Context(), "-", "a", "b")
		expect(t, value, err, "a-b", nil)
		value, err = variadic(t.Context(), "-")
		expect(t, value, err, "", nil)
	}
	if calls != 5 {
		t.Errorf("the originals were called %d times, want each once", calls)
	}
	expectStored(t, store, `name.["Ada","<Lovelace>"]`, `"Ada <Lovelace>"`)
	expectStored(t, store, `plain.[{"X":1,"Y":2}]`, `3`)
	expectStored(t, store, `none.[]`, `["a","b"]`)
	expectStored(t, store, `join.["-","a","b"]`, `"a-b"`)
	expectStored(t, store, `join.["-"]`, `""`)
}

func double[T ~int | ~float64](n T) (T, error) { return 2 * n, nil }

type getter func(ctx context.Context, key string) (string, error)

func TestReplaceOfAllKinds(t *testing.T) {
	store := newStore()
	s := newOrigin("k", "v")
	instance := double[float64]
	named, method := getter(s.load), s.load
	var result any
	dynamic := func(*int) any { return result }
	vars := funcvars.Vars{"double.": &instance, "named.": &named, "method.": &method, "any.": &dynamic}
	opts := &funcvars.Options{Codecs: []funcvars.ResultCodec{funcvars.CodecFor(layers.JSON[any]{Lossy: true})}}
	if _, err := funcvars.Replace(store, vars, opts); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := instance(1.5); got != 3 || err != nil {
			t.Errorf("instance: %v, %v", got, err)
		}
		value, err := named(t.Context(), "k")
		expect(t, value, err, "v", nil)
		value, err = method(t.Context(), "k")
		expect(t, value, err, "v", nil)
		if got := dynamic(nil); got != nil {
			t.Errorf("nil in an interface: %v", got)
		}
	}
	s.expect(t, 2)
	result = "later"
	if got := dynamic(nil); got != nil {
		t.Errorf("nil was not cached: %v", got)
	}
	expectStored(t, store, "any.[null]", "null")
}

func TestReplaceResultsComeBack(t *testing.T) {
	calls := 0
	when := func(year int) time.Time { calls++; return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	sums := func() (map[netip.Addr]*big.Int, error) {
		calls++
		return map[netip.Addr]*big.Int{netip.IPv6Loopback(): big.NewInt(7)}, nil
	}
	infinite := func() (float64, error) { calls++; return math.Inf(1), nil }
	replaced := func() string { calls++; return "\ufffd" }
	escaped := func() (json.RawMessage, error) { calls++; return json.RawMessage(`"\ufffd"`), nil }
	store := newStore()
	vars := funcvars.Vars{
		"when.": &when, "sums.": &sums, "infinite.": &infinite, "replaced.": &replaced, "escaped.": &escaped,
	}
	handles, err := funcvars.Replace(store, vars, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := when(2026); got.Year() != 2026 {
			t.Errorf("when: %v", got)
		}
		if got, err := sums(); got[netip.IPv6Loopback()].Int64() != 7 || err != nil {
			t.Errorf("sums: %v, %v", got, err)
		}
		if got, err := infinite(); !math.IsInf(got, 1) || err != nil {
			t.Errorf("infinite: %v, %v", got, err)
		}
		if got := replaced(); got != "\ufffd" {
			t.Errorf("replaced: %q", got)
		}
		if got, err := escaped(); string(got) != `"\ufffd"` || err != nil {
			t.Errorf("escaped: %q, %v", got, err)
		}
	}
	if calls != 6 { // infinity cannot be stored
		t.Errorf("%d calls", calls)
	}
	if stats, err := handles["infinite."].Stats(t.Context()); stats.Errors != 2 || err != nil {
		t.Errorf("infinite: %+v, %v; want each failure to store counted", stats, err)
	}
}

// self marshals itself, by encoding/json.
type self struct{ name string }

func (s self) MarshalJSON() ([]byte, error)     { return json.Marshal(s.name) }
func (s *self) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &s.name) }

// JSON would change such results, so they are not stored, and each call calls the original.
func TestReplaceDoesNotStoreResultsThatJSONChanges(t *testing.T) {
	const bad = "beside a genuine \ufffd: \xff"
	calls := 0
	text := func() (string, error) { calls++; return bad, nil }
	list := func() []map[string]string { calls++; return []map[string]string{{"a": bad}} }
	own := func() (self, error) { calls++; return self{bad}, nil }
	number := func() (*json.Number, error) { calls++; return new(json.Number), nil }
	store := newStore()
	vars := funcvars.Vars{"text.": &text, "list.": &list, "own.": &own, "number.": &number}
	handles, err := funcvars.Replace(store, vars, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := text(); got != bad || err != nil {
			t.Errorf("text: %q, %v", got, err)
		}
		if got := list(); got[0]["a"] != bad {
			t.Errorf("list: %q", got)
		}
		if got, err := own(); got.name != bad || err != nil {
			t.Errorf("own: %q, %v", got, err)
		}
		if got, err := number(); *got != "" || err != nil {
			t.Errorf("number: %q, %v", *got, err)
		}
	}
	if calls != 8 {
		t.Errorf("%d calls", calls)
	}
	for prefix, handle := range handles {
		if stats, err := handle.Stats(t.Context()); stats.Errors != 2 || err != nil {
			t.Errorf("%s: %+v, %v; want each failure to store counted", prefix, stats, err)
		}
	}
}

func TestReplaceErrors(t *testing.T) {
	s := newOrigin("k", "v")
	failure := errors.New("source down")
	s.fail(failure)
	get := s.load
	wrap(t, newStore(), &get, &funcvars.Options{Options: cached.Options{NotFoundTTL: time.Minute}})
	value, err := get(t.Context(), "k")
	expect(t, value, err, "", failure)
	s.fail(nil)
	value, err = get(t.Context(), "k")
	expect(t, value, err, "v", nil)
	s.expect(t, 2)
	for range 2 {
		value, err = get(t.Context(), "nobody")
		expect(t, value, err, "", ctxcache.ErrNotFound)
	}
	s.expect(t, 3)

	panicking := func(int) (int, error) { panic("boom") }
	wrap(t, newStore(), &panicking, nil)
	_, err = panicking(1)
	var p *cached.PanicError
	if !errors.As(err, &p) || p.Value != "boom" {
		t.Errorf("a panic: %v", err)
	}
}

func TestReplaceContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type nameKey struct{}
		store := newStore()
		var loads atomic.Int64
		get := func(ctx context.Context, _ int) (string, error) {
			loads.Add(1)
			cached.LoadOf[string](ctx).SetTTL(time.Hour)
			select {
			case <-time.After(time.Second):
				name, _ := ctx.Value(nameKey{}).(string)
				return name, nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		wrap(t, store, &get, &funcvars.Options{Options: cached.Options{TTL: time.Minute}})
		ctx := context.WithValue(t.Context(), nameKey{}, "leader")
		impatient, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		left := async(func() (string, error) { return get(impatient, 7) })
		time.Sleep(time.Microsecond) // in the bubble: until that one leads
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				value, err := get(t.Context(), 7)
				expect(t, value, err, "leader", nil)
			})
		}
		wg.Wait()
		first := <-left
		expect(t, first.value, first.err, "", context.DeadlineExceeded)
		if got := loads.Load(); got != 1 {
			t.Errorf("%d loads", got)
		}
		e, err := ctxcache.GetEntry(t.Context(), store, "f.[7]")
		if e.TTL != time.Hour || err != nil {
			t.Errorf("SetTTL: stored for %v, %v", e.TTL, err)
		}
		value, err := get(impatient, 7)
		expect(t, value, err, "", context.DeadlineExceeded)
	})
}

func TestReplaceCallEachOther(t *testing.T) {
	calls := 0
	var fibonacci func(n int64) int64
	fibonacci = func(n int64) int64 {
		calls++
		if n < 2 {
			return n
		}
		return fibonacci(n-1) + fibonacci(n-2)
	}
	var loop func(ctx context.Context, n int) (int, error)
	loop = func(ctx context.Context, n int) (int, error) { return loop(ctx, 1-n) }
	opts := funcvars.Options{Options: cached.Options{Detach: true}}
	if _, err := funcvars.Replace(newStore(), funcvars.Vars{"fib.": &fibonacci, "loop.": &loop}, &opts); err != nil {
		t.Fatal(err)
	}
	if got := fibonacci(80); got != 23416728348467685 || calls != 81 {
		t.Errorf("fibonacci(80) = %d, after %d calls", got, calls)
	}
	if _, err := loop(t.Context(), 0); !errors.Is(err, cached.ErrRecursiveLoad) {
		t.Errorf("a circle: %v", err)
	}
}
