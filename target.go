package cached

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// target is a function variable that is to be replaced.
type target struct {
	name     string // what errors call it
	id       string // what its Wrapped is found by
	prefix   string
	variable reflect.Value
	signature
	codec ResultCodec
}

// clashes returns what is wrong between targets: their keys could meet, or they are the same variable.
func clashes(targets []target) []error {
	var problems []error
	for i, t := range targets {
		for _, u := range targets[:i] {
			switch {
			case strings.HasPrefix(t.prefix, u.prefix) || strings.HasPrefix(u.prefix, t.prefix):
				problems = append(problems, wrong(t.name, fmt.Sprintf(
					"the prefixes %q and %q overlap; let each end in a separator", u.prefix, t.prefix)))
			case t.variable.Addr().UnsafePointer() == u.variable.Addr().UnsafePointer():
				problems = append(problems, wrong(t.name, "it is the same variable as "+u.name))
			}
		}
	}
	return problems
}

// check finds the signature and the codec, and what is wrong with the target by itself.
func (t *target) check(opts *FuncsOptions) error {
	if t.variable.IsNil() {
		return wrong(t.name, "the function is nil")
	}
	var problem string
	if t.signature, problem = signatureOf(t.variable.Type()); problem != "" {
		return wrong(t.name, problem)
	}
	if opts.Key == nil {
		for i, typ := range t.keyTypes() {
			if problem := keyProblem(typ); problem != "" {
				return wrong(t.name, fmt.Sprintf("argument %d makes no key: %s", i+1, problem))
			}
		}
	}
	result := t.result()
	if i := slices.IndexFunc(opts.Codecs, func(c ResultCodec) bool { return c.result == result }); i >= 0 {
		t.codec = opts.Codecs[i]
		return nil
	}
	if problem := (&jsonCheck{comeBack: true}).problem(result, true); problem != "" {
		return wrong(t.name, "the result does not come back from JSON, so it needs a codec: "+problem)
	}
	t.codec = jsonCodec(result)
	return nil
}

// wrap returns the replacement, and leaves the variable as it is.
func (t *target) wrap(cache ctxcache.Cache[string, []byte], opts *FuncsOptions) *Wrapped {
	w := &Wrapped{
		signature: t.signature,
		prefix:    t.prefix,
		original:  wrappers.original(reflect.ValueOf(t.variable.Interface())), // its value now, not the variable
	}
	key := func(in []reflect.Value) (string, error) { return JSONKey(w.keyArgs(in)...) }
	if opts.Key != nil {
		key = func(in []reflect.Value) (string, error) { return opts.Key(w.keyArgs(in)) }
	}
	w.function = KeyedFunc(results(cache, t.prefix, t.codec), key, w.load, &opts.Options)
	w.wrapper = reflect.MakeFunc(t.typ, w.call)
	return w
}

// results returns the part of cache that begins with prefix as a cache of results.
func results(
	cache ctxcache.Cache[string, []byte], prefix string, codec ResultCodec,
) ctxcache.Cache[string, reflect.Value] {
	return &resultCache{ctxcache.NewMapped(cache, ctxcache.Hooks[string, reflect.Value, string, []byte]{
		Layer: "func",
		Key:   func(key string) (string, error) { return prefix + key, nil },
		Unkey: func(stored string) (string, bool) { return strings.CutPrefix(stored, prefix) },
		Scope: func(s ctxcache.Scope[string]) ctxcache.Scope[string] {
			stored := ctxcache.Scope[string]{Prefix: prefix + s.Prefix}
			if s.Match != nil {
				stored.Match = func(key string) bool { return s.Match(strings.TrimPrefix(key, prefix)) }
			}
			return stored
		},
		Encode: func(_ string, result reflect.Value) ([]byte, error) {
			data, err := codec.encode(result)
			if err != nil {
				return nil, &unquotedError{fmt.Sprintf("the %v cannot be encoded", codec.result), err}
			}
			return data, nil
		},
		Decode: func(_ string, data []byte) (reflect.Value, error) {
			result, err := codec.decode(data)
			if err != nil {
				return reflect.Value{}, &unquotedError{fmt.Sprintf("it decodes to no %v", codec.result), err}
			}
			return result, nil
		},
	})}
}

type resultCache struct {
	ctxcache.Mapped[string, reflect.Value, string, []byte]
}
