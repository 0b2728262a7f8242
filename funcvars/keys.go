package funcvars

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/ctxcache/cached/internal/jsonkey"
)

// Keys are functions that make keys, each for one function: by its prefix for [Replace], and by the name of its field for
// [ReplaceFields]. Such a function has the parameters of the function that is replaced, including the context and
// variadic ones, and returns (string, error):
//
//	func areaKey(ctx context.Context, s Shape) (string, error) { return cached.JSONKey(fmt.Sprintf("%T", s), s) }
//
//	opts := &funcvars.Options{Keys: funcvars.Keys{"area.": areaKey}}
//
// Arguments that the replaced function treats differently must have different keys. A value in an interface has a type,
// too, so the type belongs in the key. Replace does not check the types of the arguments, and only adds the prefix to the
// key. If the key function returns an error, the call returns a ctxcache.ErrKey. It may be called concurrently.
type Keys map[string]any

// unknown returns an error for each key function that does not belong to one of the functions with these ids.
func (k Keys) unknown(ids []string) []error {
	var problems []error
	for _, id := range slices.Sorted(maps.Keys(k)) {
		if !slices.Contains(ids, id) {
			problems = append(problems, wrong(fmt.Sprintf("Keys[%q]", id), "no function has this name"))
		}
	}
	return problems
}

// keyFunction returns the function that makes the keys of t by itself, or the zero Value if there is none.
func (t *target) keyFunction(opts *Options) (reflect.Value, error) {
	given, ok := opts.Keys[t.id]
	if !ok {
		return reflect.Value{}, nil
	}
	want := t.keyFunctionType()
	function := reflect.ValueOf(given)
	if !function.IsValid() || !function.CanConvert(want) {
		return reflect.Value{}, wrong(fmt.Sprintf("Keys[%q]", t.id), fmt.Sprintf("it is a %T, want a %v", given, want))
	}
	if function.IsNil() {
		return reflect.Value{}, wrong(fmt.Sprintf("Keys[%q]", t.id), "the function is nil")
	}
	return function.Convert(want), nil
}

// keyFunctionType returns the type that a key function must have.
func (s signature) keyFunctionType() reflect.Type {
	return reflect.FuncOf(slices.Collect(s.typ.Ins()), []reflect.Type{reflect.TypeFor[string](), errorType}, s.typ.IsVariadic())
}

// checkKey returns an error if JSON makes no key of the arguments. It says what to type.
func (t *target) checkKey() error {
	for i, typ := range t.keyTypes() {
		if problem := jsonkey.Problem(typ); problem != "" {
			return wrong(t.name, fmt.Sprintf("argument %d makes no key: %s; set Options.Keys: funcvars.Keys{%q: key}, where key is a %v",
				i+1, problem, t.id, t.keyFunctionType()))
		}
	}
	return nil
}

// keyMaker returns the function that makes the keys.
func (h *Handle) keyMaker(opts *Options) func(context.Context, []reflect.Value) (string, error) {
	switch {
	case h.key.IsValid():
		return h.callKey
	case opts.Key != nil && h.hasInterface():
		return func(ctx context.Context, in []reflect.Value) (string, error) {
			args := h.keyArgs(in)
			key, err := opts.Key(ctx, args)
			if err != nil {
				return "", err
			}
			types, err := h.dynamicTypes(args)
			return types + key, err
		}
	case opts.Key != nil:
		return func(ctx context.Context, in []reflect.Value) (string, error) { return opts.Key(ctx, h.keyArgs(in)) }
	}
	return func(_ context.Context, in []reflect.Value) (string, error) { return jsonkey.Of(h.keyArgs(in)...) }
}

// callKey calls the key function.
func (h *Handle) callKey(ctx context.Context, in []reflect.Value) (string, error) {
	out := h.signature.call(h.key, h.withContext(ctx, in))
	if err, _ := reflect.TypeAssert[error](out[1]); err != nil {
		return "", err
	}
	return out[0].String(), nil
}
