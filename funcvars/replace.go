package funcvars

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// Vars are pointers to function variables. The map key is the prefix of the cache keys of the function. It must not be
// empty.
type Vars map[string]any

// Replace puts cached functions into function variables. All of them use one cache, each under its own prefix. Replace
// returns their handles by prefix:
//
//	handles, err := funcvars.Replace(store, funcvars.Vars{"user.": &userByName, "sum.": &sum}, nil)
//
// A function may have any arguments. Its first argument may be a context, and its last may be variadic. It returns (T,
// error) or T. The key is made of all arguments except the context, by cached.JSONKey or by a function in Options.Keys
// or Options.Key. Results are stored as JSON, or by a codec for T from Options.Codecs; a result from the cache is a
// decoded copy. If a call returns an error, its result is the zero value. Calls behave like calls of a
// cached.KeyedFunc: concurrent calls with the same key share one call of the original, which has a lease. If a variable
// already holds a function that Replace made, the new function wraps the original, so that nothing is cached twice.
//
// These types cannot be part of a JSON key, nor can types that contain them: interfaces, because the key would not have
// the type of the value in it; channels, functions and complex numbers; contexts, except as the first argument; pointers
// to pointers, slices and maps; and structs with fields that JSON leaves out, or with slices or maps with omitempty. The
// error says what to set in Options.Keys. A few values of other types have no key, such as NaN, strings that are not
// valid UTF-8, and -0 in a field with omitempty: the call then returns a ctxcache.ErrKey. A type that marshals itself
// is accepted: its JSON must differ for values that the function treats differently. The function gets nil for an empty
// list of variadic arguments, unless Options has a function that makes the key.
//
// A result of a type that JSON cannot bring back needs a codec: see Options.Codecs. This is so for interfaces, fields
// that are not exported or have the tag json:"-", and all that JSON cannot express. If callers do without such a part
// of the result, funcvars.CodecFor(layers.JSON[T]{Lossy: true}) leaves it out. A result whose JSON would come back as
// another one is not stored: it has a string that is not valid UTF-8, an empty slice or map in a field with omitempty,
// a pointer to a nil pointer, an empty json.Number, or the like. This counts as a failure of the cache.
//
// A function without an error result cannot return an error. It calls the original without the cache if the cached call
// would have an error, for example if the arguments have no key, the context is done, the cache or the Handle is closed,
// the call waits for itself, or the cache fails and Options.Strict is set. If the original panics, the call panics with
// the *cached.PanicError; a function with an error result returns it instead. In functions without a context, callers
// cannot leave early, and loads that wait for each other in a circle are not detected.
//
// The error wraps ctxcache.ErrOptions and lists everything that is wrong. Replace then changes no variable. These are
// wrong:
//
//   - a pointer that does not point to a function variable, a nil function, and two pointers to the same variable
//   - an empty prefix, because Clear would then delete everything in the cache
//   - a prefix that is the beginning of another prefix, because keys could then be equal
//   - a function with other results
//   - an argument of a type whose JSON cannot be a key, unless a function in Options makes the key
//   - a key function of another type than its function needs, and one for a function that is not replaced
//   - a result of a type that JSON cannot bring back, unless there is a codec for it
//   - a codec that does not fit its type
//   - options that make no sense, or that the cache does not support
//
// The variables are written without a lock. Call Replace before other goroutines call the functions.
func Replace(cache ctxcache.Cache[string, []byte], vars Vars, opts *Options) (map[string]*Handle, error) {
	var targets []target
	var problems []error
	prefixes := slices.Sorted(maps.Keys(vars))
	for _, prefix := range prefixes {
		name := fmt.Sprintf("Vars[%q]", prefix)
		pointer := reflect.ValueOf(vars[prefix])
		if pointer.Kind() != reflect.Pointer || pointer.Type().Elem().Kind() != reflect.Func || pointer.IsNil() {
			problems = append(problems, wrong(name, "it is not a pointer to a function variable"))
			continue
		}
		targets = append(targets, target{name: name, id: prefix, prefix: prefix, variable: pointer.Elem()})
	}
	return replaceAll(cache, targets, prefixes, opts, problems)
}

// wrong returns the error that says what the problem of the thing with this name is.
func wrong(name, problem string) error {
	return fmt.Errorf("%w: %s: %s", ctxcache.ErrOptions, name, problem)
}

// replaceAll replaces all targets, which are the functions with these ids. If there is any problem, it replaces none.
func replaceAll(
	cache ctxcache.Cache[string, []byte], targets []target, ids []string, opts *Options, problems []error,
) (map[string]*Handle, error) {
	if opts == nil {
		opts = &Options{}
	}
	if cache == nil {
		problems = append(problems, fmt.Errorf("%w: the cache is nil", ctxcache.ErrOptions), opts.Validate())
	} else {
		problems = append(problems, opts.ValidateFor(ctxcache.Supports(cache)))
	}
	problems = append(problems, clashes(targets)...)
	problems = append(problems, opts.Keys.unknown(ids)...)
	for i := range targets {
		problems = append(problems, targets[i].check(opts))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	handles := make(map[string]*Handle, len(targets))
	for _, t := range targets {
		handles[t.id] = t.handle(cache, opts)
	}
	for _, t := range targets {
		replacements.add(handles[t.id])
		t.variable.Set(handles[t.id].replacement)
	}
	return handles, nil
}
