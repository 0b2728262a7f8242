package funcvars

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/jsonkey"
	"github.com/ctxcache/cached/layers"
)

// target is a function variable that will be replaced.
type target struct {
	name     string // in errors
	id       string // the key of its Handle in the result
	prefix   string
	variable reflect.Value
	signature
	codec layers.Codec[reflect.Value]
}

// clashes returns an error for each two targets whose keys could be equal, or that are the same variable.
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

// check sets the signature and the codec. It returns an error if the target cannot be replaced, whatever the other
// targets are.
func (t *target) check(opts *Options) error {
	if t.variable.IsNil() {
		return wrong(t.name, "the function is nil")
	}
	var problem string
	if t.signature, problem = signatureOf(t.variable.Type()); problem != "" {
		return wrong(t.name, problem)
	}
	if opts.Key == nil {
		for i, typ := range t.keyTypes() {
			if problem := jsonkey.Problem(typ); problem != "" {
				return wrong(t.name, fmt.Sprintf("argument %d makes no key: %s", i+1, problem))
			}
		}
	}
	result := t.result()
	if i := slices.IndexFunc(opts.Codecs, func(c ResultCodec) bool { return c.result == result }); i >= 0 {
		t.codec = opts.Codecs[i].codec
		return nil
	}
	if problem := jsonkey.ResultProblem(result); problem != "" {
		return wrong(t.name, "the result does not come back from JSON, so it needs a codec: "+problem)
	}
	t.codec = jsonCodec{result}
	return nil
}

// handle returns the Handle of the new function. It does not change the variable.
func (t *target) handle(cache ctxcache.Cache[string, []byte], opts *Options) *Handle {
	h := &Handle{
		signature: t.signature,
		prefix:    t.prefix,
		original:  replacements.original(reflect.ValueOf(t.variable.Interface())), // the present value, not the variable
	}
	key := func(_ context.Context, in []reflect.Value) (string, error) { return jsonkey.Of(h.keyArgs(in)...) }
	if opts.Key != nil {
		key = func(ctx context.Context, in []reflect.Value) (string, error) { return opts.Key(ctx, h.keyArgs(in)) }
	}
	each := opts.Options
	if t.prefix != "" {
		each.Name = t.prefix
	}
	h.function = cached.KeyedFunc(layers.Encoded(layers.Prefixed(cache, t.prefix), t.codec), key, h.load, &each)
	h.replacement = reflect.MakeFunc(t.typ, h.call)
	return h
}
