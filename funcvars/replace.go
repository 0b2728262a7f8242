package funcvars

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// Vars are pointers to function variables, by the prefix of their keys.
type Vars map[string]any

// Replace replaces function variables by functions that do the same with a cache in front, all in one cache, each under
// a prefix of its own. It returns the handles of these functions, by prefix:
//
//	handles, err := funcvars.Replace(store, funcvars.Vars{"user.": &userByName, "sum.": &sum}, nil)
//
// A function may have any arguments, a context first or none, and variadic ones last. The key is made of all but the
// context, by cached.JSONKey unless the options have another function for it. It returns (T, error) or T. Results are
// stored as JSON unless the options have a codec for T; a result from the cache is then a decoded copy. With an error the
// result is the zero value. Calls behave as calls of a cached.KeyedFunction: one load per key, by a lease. If a
// variable already holds such a function, from here or from another variable, it gets one around the original: nothing
// is cached twice.
//
// A function without an error result calls the original itself, past the cache, when there is an error that is not the
// original's: the cache failed and Options.Strict is set, or the arguments have no key. When the original panics, so
// does the call, with the *cached.PanicError; functions with an error return it. Without a context a call cannot be left
// early, and loads that wait for each other in a circle are not found out.
//
// An error wraps ctxcache.ErrOptions and lists all that is wrong; no variable was changed then. These are wrong:
//
//   - a pointer to something other than a variable that holds a function, and a variable that is there twice
//   - a prefix that is the beginning of another, so that keys could meet
//   - a function with other results
//   - an argument of a type that JSON makes no key of, and a result that does not come back from JSON
//   - options that make no sense, or that the cache cannot keep.
//
// The variables are written without a lock, so replace them before others call them.
func Replace(cache ctxcache.Cache[string, []byte], vars Vars, opts *Options) (map[string]*Handle, error) {
	var targets []target
	var problems []error
	for _, prefix := range slices.Sorted(maps.Keys(vars)) {
		name := fmt.Sprintf("Vars[%q]", prefix)
		pointer := reflect.ValueOf(vars[prefix])
		if pointer.Kind() != reflect.Pointer || pointer.Type().Elem().Kind() != reflect.Func || pointer.IsNil() {
			problems = append(problems, wrong(name, "it is not a pointer to a function variable"))
			continue
		}
		targets = append(targets, target{name: name, id: prefix, prefix: prefix, variable: pointer.Elem()})
	}
	return replaceAll(cache, targets, opts, problems)
}

// wrong returns the error that something, which has this name, is not as it should be.
func wrong(name, problem string) error {
	return fmt.Errorf("%w: %s: %s", ctxcache.ErrOptions, name, problem)
}

// replaceAll replaces all targets, unless there is a problem with one of them.
func replaceAll(
	cache ctxcache.Cache[string, []byte], targets []target, opts *Options, problems []error,
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
