package cached

import (
	"context"
	"errors"
	"reflect"
	"runtime"

	"github.com/ctxcache/cached/ctxcache"
)

// Wrapped is what is behind a function variable that [Funcs] or [Methods] has replaced: calling the variable gets a
// result, and these methods do the rest. They take the arguments of the function, less its context, the variadic
// ones one by one; those that do not fit are [ctxcache.ErrKey]. They may be called concurrently.
type Wrapped struct {
	signature
	prefix   string
	function *KeyedFunction[[]reflect.Value, string, reflect.Value]
	original reflect.Value
	wrapper  reflect.Value
}

// Key returns the key of the result for args in the cache that was given, prefix included.
func (w *Wrapped) Key(args ...any) (string, error) {
	in, err := w.arguments(args)
	if err != nil {
		return "", ctxcache.Fail("func", "key", err)
	}
	key, err := w.function.Key(in)
	if err != nil {
		return "", ctxcache.Fail("func", "key", err)
	}
	return w.prefix + key, nil
}

// Contains reports whether the cache has a result for args. It calls nothing.
func (w *Wrapped) Contains(ctx context.Context, args ...any) (bool, error) {
	in, err := w.arguments(args)
	if err != nil {
		return false, ctxcache.Fail("func", "contains", err)
	}
	return w.function.Contains(ctx, in)
}

// Delete removes the result for args from the cache and reports whether it was there; see [Function.Delete].
func (w *Wrapped) Delete(ctx context.Context, args ...any) (was bool, err error) {
	in, err := w.arguments(args)
	if err != nil {
		return false, ctxcache.Fail("func", "delete", err)
	}
	return w.function.Delete(ctx, in)
}

// Refresh calls the original for args, whatever is cached, stores its result and returns it; see [Function.Refresh].
func (w *Wrapped) Refresh(ctx context.Context, args ...any) (any, error) {
	in, err := w.arguments(args)
	if err != nil {
		return nil, ctxcache.Fail("func", "refresh", err)
	}
	result, err := w.function.Refresh(ctx, in)
	if err != nil {
		return nil, err
	}
	return result.Interface(), nil
}

// Clear deletes all results of this function, and nothing else that shares the cache; see [Function.Clear].
func (w *Wrapped) Clear(ctx context.Context) error { return w.function.Clear(ctx) }

// Stats returns the counters of this function, under its prefix as a name, with those of the whole cache as child.
func (w *Wrapped) Stats(ctx context.Context) (ctxcache.Stats, error) {
	stats, err := w.function.Stats(ctx)
	if w.prefix != "" {
		stats.Name = w.prefix
	}
	return stats, err
}

// call is what the variable is now.
func (w *Wrapped) call(in []reflect.Value) []reflect.Value {
	// A function without a context cannot be told to give up, cached or not.
	ctx := context.Background()
	if w.hasContext {
		ctx, _ = reflect.TypeAssert[context.Context](in[0])
	}
	result, err := w.function.Get(ctx, in)
	if err != nil && !w.hasError {
		return w.callAfter(err, in)
	}
	if err != nil {
		result = reflect.Zero(w.result())
	}
	if !w.hasError {
		return []reflect.Value{result}
	}
	problem := reflect.New(errorType).Elem()
	if err != nil {
		problem.Set(reflect.ValueOf(err))
	}
	return []reflect.Value{result, problem}
}

// callAfter goes on where err cannot be returned: what the original did to its own goroutine happens to this one, and
// everything else was the cache's failure, without which the original would have been called.
func (w *Wrapped) callAfter(err error, in []reflect.Value) []reflect.Value {
	var panicked *PanicError
	switch {
	case errors.As(err, &panicked):
		panic(panicked)
	case errors.Is(err, ErrGoexit):
		runtime.Goexit()
	}
	return w.signature.call(w.original, in)
}

// load calls the original in a flight.
func (w *Wrapped) load(ctx context.Context, in []reflect.Value) (reflect.Value, error) {
	if w.hasContext {
		in = append([]reflect.Value{reflect.ValueOf(ctx)}, in[1:]...)
	}
	out := w.signature.call(w.original, in)
	if !w.hasError {
		return out[0], nil
	}
	err, _ := reflect.TypeAssert[error](out[1])
	return out[0], err
}

// arguments returns args as the variable would get them. The context is missing: none is part of a key, and load has
// its own.
func (w *Wrapped) arguments(args []any) ([]reflect.Value, error) {
	types := w.keyTypes()
	fixed := len(types)
	if w.typ.IsVariadic() {
		fixed--
	}
	if len(args) < fixed || len(args) > fixed && !w.typ.IsVariadic() {
		return nil, &misfitError{got: len(args), want: w.typ}
	}
	in := make([]reflect.Value, w.first(), w.typ.NumIn())
	for i, arg := range args[:fixed] {
		value, ok := fit(arg, types[i])
		if !ok {
			return nil, &misfitError{position: i + 1, want: types[i]}
		}
		in = append(in, value)
	}
	if !w.typ.IsVariadic() {
		return in, nil
	}
	rest := reflect.MakeSlice(w.typ.In(w.typ.NumIn()-1), 0, len(args)-fixed)
	for i, arg := range args[fixed:] {
		value, ok := fit(arg, types[fixed])
		if !ok {
			return nil, &misfitError{position: fixed + i + 1, want: types[fixed]}
		}
		rest = reflect.Append(rest, value)
	}
	return append(in, rest), nil
}
