package funcvars_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
	"github.com/ctxcache/cached/layers"
)

// text marshals itself, and does not unmarshal.
type text string

func (t text) MarshalText() ([]byte, error) { return []byte(t), nil }

// stamped has the JSON of its time.
type stamped struct {
	time.Time
	Name string
}

func TestReplaceRefuse(t *testing.T) {
	word := "text"
	var missing func() int
	nothing, two := func() {}, func() (int, int) { return 1, 2 }
	three, only := func() (int, int, error) { return 1, 2, nil }, func() error { return nil }
	channel, callback := func(chan int) int { return 0 }, func(int, ...func()) int { return 0 }
	late := func(int, context.Context) int { return 0 }
	unexported, generator := func(map[string]hidden) int { return 0 }, func() <-chan int { return nil }
	reader, lossy := func() (io.Reader, error) { return nil, nil }, func() (left, error) { return left{}, nil }
	noWayBack, embedded := func() text { return "" }, func(struct{ *Public }) int { return 0 }
	dynamic, options := func(any) int { return 0 }, func(context.Context, string, ...fmt.Stringer) int { return 0 }
	behind, indirect := func(map[string][]struct{ E error }) int { return 0 }, func(**int) int { return 0 }
	nothingKnown, stamp := func() map[string]any { return nil }, func() *stamped { return nil }
	oneWay := func() (time.Month, fmt.Stringer) { return 1, nil }
	for name, test := range map[string]struct {
		variable any
		want     string
	}{
		"no pointer":        {func() int { return 1 }, "not a pointer to a function variable"},
		"nothing":           {nil, "not a pointer to a function variable"},
		"no function":       {&word, "not a pointer to a function variable"},
		"nil pointer":       {(*func() int)(nil), "not a pointer to a function variable"},
		"nil function":      {&missing, "the function is nil"},
		"no result":         {&nothing, "neither T nor (T, error)"},
		"two results":       {&two, "neither T nor (T, error)"},
		"three results":     {&three, "neither T nor (T, error)"},
		"an error only":     {&only, "neither T nor (T, error)"},
		"no error second":   {&oneWay, "neither T nor (T, error)"},
		"channel":           {&channel, "argument 1 makes no key: chan int has no JSON"},
		"callback":          {&callback, "argument 2 makes no key: func() has no JSON"},
		"unexported fields": {&unexported, "argument 1 makes no key: its JSON leaves out field secret"},
		"context not first": {&late, "argument 2 makes no key: context.Context is a context"},
		"channel result":    {&generator, "needs a codec: <-chan int has no JSON"},
		"interface result":  {&reader, "needs a codec: JSON does not record which io.Reader it was"},
		"no way back":       {&noWayBack, "funcvars_test.text marshals itself, but does not unmarshal"},
		"embedded pointer":  {&embedded, "does not record whether the embedded *funcvars_test.Public of"},
		"any":               {&dynamic, "argument 1 makes no key: interface {} is an interface, and JSON does not record the type"},
		"variadic any":      {&options, "argument 2 makes no key: fmt.Stringer is an interface"},
		"interface inside":  {&behind, "argument 1 makes no key: error is an interface"},
		"pointer pointer":   {&indirect, "argument 1 makes no key: JSON does not record whether a **int is nil or points to nil"},
		"what to type": {&options, `; set Options.Keys: funcvars.Keys{"f.": key}, ` +
			"where key is a func(context.Context, string, ...fmt.Stringer) (string, error)"},
		"any result": {&nothingKnown, "needs a codec: interface {} is an interface, and JSON does not record the type of the value in it; " +
			"add to Options.Codecs funcvars.CodecFor(codec), where codec is a layers.Codec[map[string]interface {}]"},
		"promoted":     {&stamp, "needs a codec: the JSON of funcvars_test.stamped may be the JSON of its embedded time.Time alone"},
		"lossy result": {&lossy, "needs a codec: its JSON leaves out field B"},
	} {
		handles, err := funcvars.Replace(newStore(), funcvars.Vars{"f.": test.variable}, nil)
		if handles != nil || !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// With an empty prefix, Clear would delete what others have stored in the cache.
func TestReplaceRefusesAnEmptyPrefix(t *testing.T) {
	calls := 0
	count := func() int { calls++; return calls }
	object := struct{ Count func() int }{count}
	want := "the prefix is empty"
	handles, err := funcvars.Replace(newStore(), funcvars.Vars{"": &count}, nil)
	if handles != nil || !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), `Vars[""]: `+want) {
		t.Errorf("Replace: %v, want %q", err, want)
	}
	handles, err = funcvars.ReplaceFields(newStore(), &object, map[string]string{"Count": ""}, nil)
	if handles != nil || !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), "Count: "+want) {
		t.Errorf("ReplaceFields: %v, want %q", err, want)
	}
	if count(); object.Count() != 2 {
		t.Error("a function was replaced")
	}
}

func TestReplaceAllOrNone(t *testing.T) {
	calls := 0
	good := func() int { calls++; return calls }
	bad, other := func() {}, func() string { return "" }
	refuse := func(name string, vars funcvars.Vars, store ctxcache.Cache[string, []byte], opts *funcvars.Options, wants ...string) {
		t.Helper()
		handles, err := funcvars.Replace(store, vars, opts)
		if handles != nil || !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("%s: %v", name, err)
			return
		}
		for _, want := range wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, without %q", name, err, want)
			}
		}
	}
	vars := funcvars.Vars{"good.": &good}
	twice := []funcvars.ResultCodec{funcvars.CodecFor(layers.JSON[int]{}), funcvars.CodecFor(layers.Gob[int]{})}
	plain := struct{ ctxcache.Cache[string, []byte] }{newStore()}
	refuse("two bad ones", funcvars.Vars{"a": &good, "b": &bad, "c": 1}, newStore(), nil, `Vars["b"]`, `Vars["c"]`)
	refuse("the same variable", funcvars.Vars{"a": &good, "b": &good}, newStore(), nil, `Vars["b"]: it is the same variable as Vars["a"]`)
	refuse("overlapping prefixes", funcvars.Vars{"a": &good, "ab": &other}, newStore(), nil, `"a" and "ab" overlap`)
	refuse("an empty prefix among others", funcvars.Vars{"": &good, "b": &other}, newStore(), nil, "overlap")
	refuse("no cache", vars, nil, nil, "the cache is nil")
	refuse("an option", vars, newStore(), &funcvars.Options{Options: cached.Options{TTL: -1}}, "TTL")
	refuse("an empty codec", vars, newStore(), &funcvars.Options{Codecs: make([]funcvars.ResultCodec, 1)}, "Codecs has an empty codec")
	refuse("two codecs", vars, newStore(), &funcvars.Options{Codecs: twice}, "Codecs has two codecs for int")
	unfit := []funcvars.ResultCodec{funcvars.CodecFor(layers.JSON[hidden]{})}
	refuse("a codec that does not fit", vars, newStore(), &funcvars.Options{Codecs: unfit},
		"Codecs has a codec for funcvars_test.hidden: ", "field secret of funcvars_test.hidden is not exported")
	refuse("what the cache cannot do", vars, plain, &funcvars.Options{Options: cached.Options{NotFoundTTL: 1}}, "NotFoundTTL")
	if good(); good() != 2 {
		t.Error("the variable was replaced")
	}
	if handles, err := funcvars.Replace(newStore(), nil, nil); len(handles) != 0 || err != nil {
		t.Errorf("no variables: %v, %v", handles, err)
	}
	if err := (*funcvars.Options)(nil).Validate(); err != nil {
		t.Errorf("no options: %v", err)
	}
}
