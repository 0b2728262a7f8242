package funcvars_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
)

type shape interface{ area() float64 }

type circle struct{ Radius float64 }

func (c circle) area() float64 { return 3 * c.Radius * c.Radius }

type square struct{ Radius float64 }

func (s square) area() float64 { return s.Radius * s.Radius }

// shapeKey has the type of the shape, which decides the result.
func shapeKey(_ context.Context, s shape, units ...string) (string, error) {
	if s == nil {
		return "", errors.New("no shape")
	}
	return cached.JSONKey(fmt.Sprintf("%T", s), s, units)
}

func area(_ context.Context, s shape, units ...string) (string, error) {
	return fmt.Sprint(s.area(), units), nil
}

// A circle does not get the area of a square, though their JSON is the same.
func TestReplaceKeysOfOneFunction(t *testing.T) {
	store := newStore()
	measure, other := area, func(n int) int { return n }
	opts := &funcvars.Options{
		Keys: funcvars.Keys{"area.": shapeKey},
		Key:  func(context.Context, []any) (string, error) { return "all", nil },
	}
	handles, err := funcvars.Replace(store, funcvars.Vars{"area.": &measure, "other.": &other}, opts)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		value, err := measure(t.Context(), circle{1})
		expect(t, value, err, "3 []", nil)
		value, err = measure(t.Context(), square{1}, "m", "ft")
		expect(t, value, err, "1 [m ft]", nil)
	}
	key, err := handles["area."].Key(t.Context(), square{1}, "m", "ft")
	expect(t, key, err, `area.["funcvars_test.square",{"Radius":1},["m","ft"]]`, nil)
	expectStored(t, store, key, `"1 [m ft]"`)
	if was, err := handles["area."].Delete(t.Context(), circle{1}); !was || err != nil { // as the call without units
		t.Errorf("Delete: %v, %v", was, err)
	}
	if value, err := measure(t.Context(), nil); value != "" || !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("nil: %q, %v", value, err)
	}
	other(7)
	expectStored(t, store, "other.all", "7")
}

func TestReplaceKeysSeeTheContext(t *testing.T) {
	type tenantKey struct{}
	price := func(ctx context.Context, item string) (string, error) {
		return item + " for " + ctx.Value(tenantKey{}).(string), nil
	}
	w := wrap(t, newStore(), &price, &funcvars.Options{Keys: funcvars.Keys{
		"f.": func(ctx context.Context, item string) (string, error) {
			return cached.JSONKey(ctx.Value(tenantKey{}).(string), item)
		},
	}})
	for _, name := range []string{"ada", "emmy"} {
		ctx := context.WithValue(t.Context(), tenantKey{}, name)
		value, err := price(ctx, "tea")
		expect(t, value, err, "tea for "+name, nil)
		key, err := w.Key(ctx, "tea")
		expect(t, key, err, `f.["`+name+`","tea"]`, nil)
	}

	count := func(list any) int { return len(fmt.Sprint(list)) } // without a context
	store := newStore()
	wrap(t, store, &count, &funcvars.Options{Keys: funcvars.Keys{"f.": func(list any) (string, error) { return fmt.Sprintf("%T", list), nil }}})
	if got := count("four"); got != 4 {
		t.Errorf("count: %d", got)
	}
	expectStored(t, store, "f.string", "4")
}

func TestReplaceFieldsKeys(t *testing.T) {
	object := struct {
		Area func(context.Context, shape, ...string) (string, error)
	}{area}
	opts := &funcvars.Options{Keys: funcvars.Keys{"Area": shapeKey}}
	handles, err := funcvars.ReplaceFields(newStore(), &object, map[string]string{"Area": "a."}, opts)
	if err != nil {
		t.Fatal(err)
	}
	key, err := handles["Area"].Key(t.Context(), circle{1})
	expect(t, key, err, `a.["funcvars_test.circle",{"Radius":1},null]`, nil)
	_, err = funcvars.ReplaceFields(newStore(), &object, map[string]string{"Area": "a."}, nil)
	if err == nil || !strings.Contains(err.Error(), `Area: argument 1 makes no key: `) || !strings.Contains(err.Error(), `funcvars.Keys{"Area": key}`) {
		t.Errorf("without a key function: %v", err)
	}
}

func TestReplaceRefusesKeyFunctions(t *testing.T) {
	measure := area
	var missing func(context.Context, shape, ...string) (string, error)
	want := "want a func(context.Context, funcvars_test.shape, ...string) (string, error)"
	for name, test := range map[string]struct {
		key  any
		want string
	}{
		"nothing":          {nil, `Keys["f."]: it is a <nil>, ` + want},
		"no function":      {"key", `Keys["f."]: it is a string, ` + want},
		"other parameters": {func(shape) (string, error) { return "", nil }, `Keys["f."]: it is a func(funcvars_test.shape) (string, error), ` + want},
		"other results":    {func(context.Context, shape, ...string) string { return "" }, want},
		"not variadic":     {func(context.Context, shape, []string) (string, error) { return "", nil }, want},
		"a nil function":   {missing, `Keys["f."]: the function is nil`},
	} {
		handles, err := funcvars.Replace(newStore(), funcvars.Vars{"f.": &measure}, &funcvars.Options{Keys: funcvars.Keys{"f.": test.key}})
		if handles != nil || !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	opts := &funcvars.Options{Keys: funcvars.Keys{"f.": shapeKey, "g.": shapeKey}}
	handles, err := funcvars.Replace(newStore(), funcvars.Vars{"f.": &measure}, opts)
	if handles != nil || !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), `Keys["g."]: no function has this name`) {
		t.Errorf("a key function for another prefix: %v", err)
	}
}

// One key function for all may be meant for something else, such as the tenant, so the types are added to its keys.
func TestReplaceKeyOptionAndInterfaces(t *testing.T) {
	store := newStore()
	measure := area
	describe := func(_ context.Context, values ...any) (string, error) { return fmt.Sprintf("%T", values), nil }
	opts := &funcvars.Options{Key: func(_ context.Context, args []any) (string, error) { return cached.JSONKey(args...) }}
	handles, err := funcvars.Replace(store, funcvars.Vars{"area.": &measure, "any.": &describe}, opts)
	if err != nil {
		t.Fatal(err)
	}
	value, err := measure(t.Context(), circle{1}, "m")
	expect(t, value, err, "3 [m]", nil)
	value, err = measure(t.Context(), square{1}, "m")
	expect(t, value, err, "1 [m]", nil)
	const here = "github.com/ctxcache/cached/funcvars_test"
	key, err := handles["area."].Key(t.Context(), &square{1}, "m")
	expect(t, key, err, `area.["*`+here+`.square"][{"Radius":1},"m"]`, nil)
	key, err = handles["any."].Key(t.Context(), []byte("a"), "YQ==", nil, circle{1})
	expect(t, key, err, `any.["[]uint8","string","nil","`+here+`.circle"]["YQ==","YQ==",null,{"Radius":1}]`, nil)
	if _, err := handles["any."].Key(t.Context(), make(chan int)); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("no key: %v", err)
	}
}

// Empty variadic arguments and missing ones have one key, so the function must not see a difference.
func TestReplaceEmptyVariadicArguments(t *testing.T) {
	store := newStore()
	list := func(_ context.Context, names ...string) (string, error) { return fmt.Sprint(names == nil), nil }
	w := wrap(t, store, &list, nil)
	value, err := list(t.Context(), []string{}...)
	expect(t, value, err, "true", nil)
	if was, err := w.Delete(t.Context()); !was || err != nil {
		t.Errorf("Delete: %v, %v", was, err)
	}
	value, err = list(t.Context())
	expect(t, value, err, "true", nil)
}

func TestReplaceValuesThatShareJSONHaveNoKey(t *testing.T) {
	calls := 0
	ratio := func(_ context.Context, o struct {
		Ratio float64 `json:",omitempty"`
	},
	) (float64, error) {
		calls++
		return o.Ratio, nil
	}
	wrap(t, newStore(), &ratio, nil)
	args := struct {
		Ratio float64 `json:",omitempty"`
	}{}
	if _, err := ratio(t.Context(), args); err != nil {
		t.Fatal(err)
	}
	args.Ratio = -1 / inf()
	if got, err := ratio(t.Context(), args); got != 0 || !errors.Is(err, ctxcache.ErrKey) || calls != 1 {
		t.Errorf("-0: %v, %v, %d calls", got, err, calls)
	}
}
