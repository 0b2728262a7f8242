package cached

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

// FuncsOptions say how [Funcs] and [Methods] cache. The zero value, or a nil pointer, is the default of each.
type FuncsOptions struct {
	// Options are those of every function. MaxLoads bounds each of them by itself, and wants functions with
	// contexts: loads that call each other without one do not share a slot, and may wait for each other.
	Options

	// Key makes a key of the arguments, less the context, the variadic ones one by one. Nil is [JSONKey]. With
	// another one, whether arguments make good keys is not checked beforehand.
	Key func(args []any) (string, error)

	// Codecs are for results that are not to be stored as JSON, at most one for a type; see [CodecFor].
	Codecs []ResultCodec
}

// Validate returns an error that wraps ctxcache.ErrOptions if an option makes no sense.
func (o *FuncsOptions) Validate() error {
	if o == nil {
		return nil
	}
	seen := map[reflect.Type]bool{}
	for _, codec := range o.Codecs {
		switch {
		case codec.result == nil:
			return fmt.Errorf("%w: Codecs has an empty one", ctxcache.ErrOptions)
		case seen[codec.result]:
			return fmt.Errorf("%w: Codecs has two for %v", ctxcache.ErrOptions, codec.result)
		}
		seen[codec.result] = true
	}
	return o.Options.Validate()
}

// Funcs replaces function variables by functions that do the same with a cache in front, all in one cache, each under
// a prefix of its own. It returns what is behind them, by prefix:
//
//	wrapped, err := cached.Funcs(store, cached.Vars{"user.": &userByName, "sum.": &sum}, nil)
//
// A function may have any arguments, a context first or none, and variadic ones last. The key is made of all but the
// context, by [JSONKey] if the options have no other. It returns (T, error) or T. Results are stored as JSON if the
// options have no other codec for T; what comes from the cache is then a decoded copy. Beside an error the
// result is the zero value. Calls behave as those of a [KeyedFunction]: one load per key, by a lease. A variable that
// holds such a function already, from here or from another variable, gets one around the original: nothing is cached
// twice.
//
// A function without an error result calls the original itself, past the cache, when there is an error other than the
// original's: the cache failed and OnCacheError insists, or the arguments have no key. When the original panics, so
// does the call, with the [*PanicError]; functions with an error return it. Without a context a call cannot be left
// early, and loads that wait for each other in a circle are not found out.
//
// An error wraps ctxcache.ErrOptions, tells all that is wrong, and then no variable was changed: something is not a
// pointer to a variable that holds a function; one prefix begins another, so that keys could meet; a function has
// other results; an argument has a type of which JSON makes no key; a result has a type that does not come back
// from JSON; a variable is there twice. The variables are written without a lock, so this is to be done before
// others call them.
func Funcs(cache ctxcache.Cache[string, []byte], vars Vars, opts *FuncsOptions) (map[string]*Wrapped, error) {
	var targets []target
	var problems []error
	for _, prefix := range slices.Sorted(maps.Keys(vars)) {
		name := fmt.Sprintf("Vars[%q]", prefix)
		pointer := reflect.ValueOf(vars[prefix])
		if pointer.Kind() != reflect.Pointer || pointer.Type().Elem().Kind() != reflect.Func || pointer.IsNil() {
			problems = append(problems, wrong(name, "it is no pointer to a function variable"))
			continue
		}
		targets = append(targets, target{name: name, id: prefix, prefix: prefix, variable: pointer.Elem()})
	}
	return wrapAll(cache, targets, opts, problems)
}

// wrong returns the error that something, which has this name, is not as it should be.
func wrong(name, problem string) error {
	return fmt.Errorf("%w: %s: %s", ctxcache.ErrOptions, name, problem)
}

// wrapAll replaces all targets, unless there is a problem with one of them.
func wrapAll(
	cache ctxcache.Cache[string, []byte], targets []target, opts *FuncsOptions, problems []error,
) (map[string]*Wrapped, error) {
	if opts == nil {
		opts = &FuncsOptions{}
	}
	if err := opts.Validate(); err != nil {
		problems = append(problems, err)
	}
	if cache == nil {
		problems = append(problems, fmt.Errorf("%w: the cache is nil", ctxcache.ErrOptions))
	}
	problems = append(problems, clashes(targets)...)
	for i := range targets {
		if err := targets[i].check(opts); err != nil {
			problems = append(problems, err)
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	wrapped := make(map[string]*Wrapped, len(targets))
	for _, t := range targets {
		w := t.wrap(cache, opts)
		if err := w.function.function.refused(); err != nil { // options that this cache cannot keep, the same for all
			return nil, err
		}
		wrapped[t.id] = w
	}
	for _, t := range targets {
		wrappers.add(wrapped[t.id])
		t.variable.Set(wrapped[t.id].wrapper)
	}
	return wrapped, nil
}
