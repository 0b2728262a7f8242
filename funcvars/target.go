package funcvars

import (
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
	codec  layers.Codec[reflect.Value]
	key    reflect.Value // the function in Options.Keys, or the zero Value
	byJSON bool          // keys are the JSON of the arguments
}

// clashes returns an error for each target whose keys could be the keys of others: of another target, or of whatever else
// is in the cache. It also returns one for each two targets that are the same variable.
func clashes(targets []target) []error {
	var problems []error
	for i, t := range targets {
		if t.prefix == "" { // Clear would delete everything in the cache
			problems = append(problems, wrong(t.name, "the prefix is empty, so every key in the cache would be one of this function"))
		}
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

// check sets the signature, the key function and the codec. It returns an error if the target cannot be replaced,
// whatever the other targets are.
func (t *target) check(opts *Options) error {
	if t.variable.IsNil() {
		return wrong(t.name, "the function is nil")
	}
	var problem string
	if t.signature, problem = signatureOf(t.variable.Type()); problem != "" {
		return wrong(t.name, problem)
	}
	var err error
	if t.key, err = t.keyFunction(opts); err != nil {
		return err
	}
	if t.byJSON = opts.Key == nil && !t.key.IsValid(); t.byJSON {
		if err := t.checkKey(); err != nil {
			return err
		}
	}
	result := t.result()
	if i := slices.IndexFunc(opts.Codecs, func(c ResultCodec) bool { return c.result == result }); i >= 0 {
		t.codec = opts.Codecs[i].codec
		return nil
	}
	if problem := jsonkey.ResultProblem(result); problem != "" {
		return wrong(t.name, fmt.Sprintf("the result does not come back from JSON, so it needs a codec: %s; add to Options.Codecs "+
			"funcvars.CodecFor(codec), where codec is a layers.Codec[%v]", problem, result))
	}
	t.codec = jsonCodec{result}
	return nil
}

// handle returns the Handle of the new function. It does not change the variable.
func (t *target) handle(cache ctxcache.Cache[string, []byte], opts *Options) *Handle {
	h := &Handle{
		signature: t.signature,
		byJSON:    t.byJSON,
		key:       t.key,
		prefix:    t.prefix,
		limited:   opts.MaxLoads > 0,
		original:  replacements.original(reflect.ValueOf(t.variable.Interface())), // the present value, not the variable
	}
	each := opts.Options
	each.Name = t.prefix
	h.function = cached.KeyedFunc(layers.Encoded(layers.Prefixed(cache, t.prefix), t.codec, nil), h.keyMaker(opts), h.load, &each)
	h.replacement = reflect.MakeFunc(t.typ, h.call)
	return h
}
