package cachetoolsutils_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/compat/cachetoolsutils/internal/vectors"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
)

// recordedCall is a call that was recorded in Python, with the str() of the key of each key function.
type recordedCall struct {
	Args        []vectors.Typed
	Kwargs      []vectors.Named
	HashKey     vectors.Hex  `json:"hashkey"`
	MethodKey   vectors.Hex  `json:"methodkey"`
	TypedKey    vectors.Hex  `json:"typedkey"`
	JSONKey     *vectors.Hex `json:"json_key"` // nil: Python raised TypeError
	HashJSONKey *vectors.Hex `json:"hash_json_key"`
	FullHashKey *vectors.Hex `json:"full_hash_key"`

	CacheMethods   vectors.Hex `json:"cacheMethods"`   // the key in the cache, with the prefix "m."
	CacheFunctions vectors.Hex `json:"cacheFunctions"` // with the prefix "f."
}

func recordedCalls(t *testing.T, release string) (calls []recordedCall) {
	t.Helper()
	data, err := os.ReadFile("testdata/keys/functions.json")
	if err != nil {
		t.Fatal(err)
	}
	var releases map[string]json.RawMessage
	if err := json.Unmarshal(data, &releases); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(releases[release], &calls); err != nil || len(calls) == 0 {
		t.Fatalf("%d calls of %s: %v", len(calls), release, err)
	}
	return calls
}

// The key functions make the keys of Python, with each form of keys that cachetools had.
func TestKeyFunctionsAreThoseOfEachRelease(t *testing.T) {
	type keyFunction = func(cachetoolsutils.Arguments) cachetoolsutils.Tuple
	for release, keys := range map[string]struct{ hash, typed keyFunction }{
		"5.2.0": {cachetoolsutils.HashKey, cachetoolsutils.TypedKey},
		"6.2.3": {cachetoolsutils.HashKeyPairs, nil},
		"7.0.6": {cachetoolsutils.HashKeyPairs, cachetoolsutils.TypedKeyPairs},
	} {
		for _, call := range recordedCalls(t, release) {
			arguments := vectors.Arguments(call.Args, call.Kwargs)
			wantStr(t, release, keys.hash(arguments), call.HashKey)
			wantStr(t, release, keys.hash(arguments), call.MethodKey)
			wantStr(t, release, keys.hash(arguments), call.CacheMethods[len("m."):])
			if keys.typed != nil {
				wantStr(t, release, keys.typed(arguments), call.TypedKey)
			}
		}
	}
}

func wantStr(t *testing.T, release string, key cachetoolsutils.Tuple, want []byte) {
	t.Helper()
	if got, err := cachetoolsutils.Str(key); got != string(want) || err != nil {
		t.Errorf("%s: %q, %v, want %q", release, got, err, want)
	}
}

// Each FuncKey makes the key that Python's decorators use, whatever the release of cachetools.
func TestFuncKeysAreThoseOfPython(t *testing.T) {
	for _, release := range []string{"5.2.0", "6.2.3", "7.0.6"} {
		for _, call := range recordedCalls(t, release) {
			if len(call.Kwargs) > 0 {
				continue // Go has no names of arguments
			}
			args := make([]any, len(call.Args))
			for i, arg := range call.Args {
				args[i] = arg.Value
			}
			for name, c := range map[string]struct {
				key  cachetoolsutils.FuncKey
				want *vectors.Hex
			}{
				"hashkey":       {cachetoolsutils.HashFuncKey, &call.HashKey},
				"typedkey":      {cachetoolsutils.TypedFuncKey, &call.TypedKey},
				"json_key":      {cachetoolsutils.JSONFuncKey, call.JSONKey},
				"hash_json_key": {cachetoolsutils.JSONFuncKey, call.HashJSONKey},
				"full_hash_key": {cachetoolsutils.FullHashFuncKey, call.FullHashKey},
			} {
				got, err := c.key(t.Context(), args)
				switch {
				case c.want == nil && !errors.Is(err, ctxcache.ErrKey):
					t.Errorf("%s of %v: %q, %v, want ErrKey", name, args, got, err)
				case c.want != nil && (got != string(*c.want) || err != nil):
					t.Errorf("%s of %v: %q, %v, want %q", name, args, got, err, *c.want)
				}
			}
		}
	}
}

// Functions and methods without a key function in Python are stored under its key.
func TestReplacedFunctionsShareTheirKeysWithPython(t *testing.T) {
	var call recordedCall
	for _, recorded := range recordedCalls(t, "7.0.6") {
		if len(recorded.Args) == 2 && len(recorded.Kwargs) == 0 {
			call = recorded
		}
	}
	store := memory.New[string, []byte](nil)
	opts := &funcvars.Options{Key: cachetoolsutils.HashFuncKey}
	add := func(a, b int) int { return a + b }
	calculator := Calculator{Add: add}
	if _, err := funcvars.Replace(store, funcvars.Vars{"f.": &add}, opts); err != nil {
		t.Fatal(err)
	}
	if _, err := funcvars.ReplaceFields(store, &calculator, map[string]string{"Add": "m."}, opts); err != nil {
		t.Fatal(err)
	}
	if add(1, 2) != 3 || calculator.Add(1, 2) != 3 {
		t.Error("wrong sums")
	}
	wantKeys[string, []byte](t, store, string(call.CacheFunctions), string(call.CacheMethods))
}

func TestFuncKeysRefuseGoValues(t *testing.T) {
	for name, key := range map[string]cachetoolsutils.FuncKey{
		"HashFuncKey": cachetoolsutils.HashFuncKey, "TypedFuncKey": cachetoolsutils.TypedFuncKey,
	} {
		if got, err := key(t.Context(), []any{User{}}); !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("%s of a struct: %q, %v, want ErrKey", name, got, err)
		}
	}
}

type query struct{ id int }

// byPointer makes its JSON by a method of its pointer.
type byPointer struct{ name string }

func (p *byPointer) MarshalJSON() ([]byte, error) { return json.Marshal(p.name) }

// Go values that may have the JSON of others are refused, so no call gets the result of another.
func TestJSONFuncKeysRefuseGoValuesThatMayShareAKey(t *testing.T) {
	for name, arg := range map[string]any{
		"an unexported field":      query{1},
		"one in a list":            []any{1, query{1}},
		"one in a dict":            map[string]any{"q": query{1}},
		"a field that is left out": leaving{"1"},
		"text that is not UTF-8":   []string{"\xff"},
		"any value in a map":       map[string][]any{"q": {1}},
	} {
		args := cachetoolsutils.Args(arg)
		errs := make(map[string]error)
		_, errs["JSONKey"] = cachetoolsutils.JSONKey(args)
		_, errs["HashJSONKey"] = cachetoolsutils.HashJSONKey(cachetoolsutils.Args().With("q", arg))
		_, errs["FullHashKey"] = cachetoolsutils.FullHashKey(args)
		for function, err := range errs {
			if err == nil {
				t.Errorf("%s has a key for %s", function, name)
			}
		}
	}
	for want, arg := range map[string]any{
		`[{"age":36,"name":"Ada"}]`:      &User{"Ada", 36},
		`["1970-01-01T00:00:01Z"]`:       time.Unix(1, 0).UTC(),
		`["Ada"]`:                        byPointer{"Ada"},
		`[["\u00e9",""]]`:                []string{"é", ""},
		`[{"a":[{"b":1}],"c":"\u00e9"}]`: map[string]any{"c": "é", "a": []any{map[string]int{"b": 1}}},
	} {
		if key, err := cachetoolsutils.JSONFuncKey(t.Context(), []any{arg}); err != nil || key != want {
			t.Errorf("%q, %v, want %q", key, err, want)
		}
	}
}

// Calls of a function that has unexported fields in its arguments fail, if their key is JSON.
func TestNoCallGetsTheResultOfAnother(t *testing.T) {
	for name, key := range map[string]cachetoolsutils.FuncKey{
		"JSONFuncKey": cachetoolsutils.JSONFuncKey, "FullHashFuncKey": cachetoolsutils.FullHashFuncKey,
	} {
		load := func(_ context.Context, q query) (int, error) { return q.id, nil }
		store := memory.New[string, []byte](nil)
		if _, err := funcvars.Replace(store, funcvars.Vars{"q.": &load}, &funcvars.Options{Key: key}); err != nil {
			t.Fatal(err)
		}
		for id := range 2 {
			if got, err := load(t.Context(), query{id}); !errors.Is(err, ctxcache.ErrKey) {
				t.Errorf("%s: %d, %v, want ErrKey", name, got, err)
			}
		}
	}
}
