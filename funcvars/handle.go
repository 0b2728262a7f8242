package funcvars

import (
	"context"
	"errors"
	"reflect"
	"runtime"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// Handle controls a function that [Replace] or [ReplaceFields] has put into a variable. To get a result, call the
// function; for everything else use these methods. They take the function's arguments without its context, and variadic
// arguments one by one. Arguments that do not fit the function are a [ctxcache.ErrKey]. The methods may be called
// concurrently. A Handle is a ctxcache.Node.
type Handle struct {
	signature
	byJSON      bool          // keys are the JSON of the arguments
	key         reflect.Value // the function in Options.Keys, or the zero Value
	prefix      string
	limited     bool // by MaxLoads
	function    *cached.KeyedFunction[[]reflect.Value, string, reflect.Value]
	original    reflect.Value
	replacement reflect.Value
}

// Key returns the key of the result for args in the cache that was passed to Replace, including the prefix. It depends
// on ctx if Options.Key or the function in Options.Keys uses the context.
func (h *Handle) Key(ctx context.Context, args ...any) (string, error) {
	in, err := h.arguments(ctxcache.OpKey, args)
	if err != nil {
		return "", err
	}
	key, err := h.function.Key(ctx, in)
	if err != nil {
		return "", err
	}
	return h.prefix + key, nil
}

// Contains reports whether the cache has a result for args. It does not call the original.
func (h *Handle) Contains(ctx context.Context, args ...any) (bool, error) {
	in, err := h.arguments(ctxcache.OpContains, args)
	if err != nil {
		return false, err
	}
	return h.function.Contains(ctx, in)
}

// Delete removes the result for args from the cache and reports whether the cache had it. See cached.Function.
func (h *Handle) Delete(ctx context.Context, args ...any) (was bool, err error) {
	in, err := h.arguments(ctxcache.OpDelete, args)
	if err != nil {
		return false, err
	}
	return h.function.Delete(ctx, in)
}

// Refresh calls the original with args, whether or not a result is cached, stores the result and returns it. See
// cached.Function.
func (h *Handle) Refresh(ctx context.Context, args ...any) (any, error) {
	in, err := h.arguments(ctxcache.OpRefresh, args)
	if err != nil {
		return nil, err
	}
	result, err := h.function.Refresh(ctx, in)
	if err != nil {
		return nil, err
	}
	return result.Interface(), nil
}

// Set stores result as the result for args, without a call of the original. It is for a caller that has changed the
// source and knows the new result. The arguments are a list here, because the result comes last:
//
//	err := handles["user."].Set(ctx, []any{"ada"}, user)
//
// A result that is not of the function's type, or that does not come back from its codec, is a [ctxcache.ErrValue]. If
// the type does not fit, the old result stays. See cached.Function for everything else.
func (h *Handle) Set(ctx context.Context, args []any, result any) error {
	in, err := h.arguments(ctxcache.OpSet, args)
	if err != nil {
		return err
	}
	value, ok := fit(result, h.result())
	if !ok {
		return ctxcache.Fail(h.Describe().Kind, ctxcache.OpSet, &misfitError{result: true, want: h.result()})
	}
	return h.function.Set(ctx, in, value)
}

// Clear deletes all cached results of this function. It deletes nothing else in the cache. See cached.Function.
func (h *Handle) Clear(ctx context.Context) error { return h.function.Clear(ctx) }

// Describe returns a description of the function. In it, Name is the function's prefix, and the only child is the cache,
// with the layers for the codec and the prefix.
func (h *Handle) Describe() ctxcache.Description { return h.function.Describe() }

// Stats returns the counters of this function. In the result, Name is the function's prefix, and the only child has the
// counters of the whole cache.
func (h *Handle) Stats(ctx context.Context) (ctxcache.Stats, error) { return h.function.Stats(ctx) }

// Check warns of options that are likely a mistake, as cached.Function does, and of MaxLoads for a function without a
// context: see ctxcache.Check.
func (h *Handle) Check(ctx context.Context) ([]ctxcache.Warning, error) {
	warnings, err := h.function.Check(ctx)
	if h.limited && !h.hasContext {
		warnings = append(warnings, ctxcache.Warning{
			Code: "max_loads_without_context",
			Text: "loads that call each other may wait for ever, because the function has no context that would connect them. " +
				"Remove MaxLoads, or give the function a context",
		})
	}
	return warnings, err
}

// Close waits for running calls (see cached.Function). The variable keeps the function. From now on its calls return
// ctxcache.ErrClosed. A function without an error result calls the original.
func (h *Handle) Close(ctx context.Context) error { return h.function.Close(ctx) }

// call is the body of the function in the variable.
func (h *Handle) call(in []reflect.Value) []reflect.Value {
	// A caller of a function without a context cannot leave early, whether or not the function is cached.
	ctx := context.Background()
	if h.hasContext {
		ctx, _ = reflect.TypeAssert[context.Context](in[0])
	}
	result, err := h.function.Get(ctx, in)
	if err != nil && !h.hasError {
		return h.callAfter(err, in)
	}
	if err != nil {
		result = reflect.Zero(h.result())
	}
	if !h.hasError {
		return []reflect.Value{result}
	}
	problem := reflect.New(errorType).Elem()
	if err != nil {
		problem.Set(reflect.ValueOf(err))
	}
	return []reflect.Value{result, problem}
}

// callAfter ends a call of a function that cannot return err. If the original panicked or called runtime.Goexit,
// callAfter does the same on this goroutine. Any other error is not the original's, so callAfter calls the original.
func (h *Handle) callAfter(err error, in []reflect.Value) []reflect.Value {
	var panicked *cached.PanicError
	switch {
	case errors.As(err, &panicked):
		panic(panicked)
	case errors.Is(err, cached.ErrGoexit):
		runtime.Goexit()
	}
	return h.signature.call(h.original, in)
}

// load calls the original. It runs in a flight.
func (h *Handle) load(ctx context.Context, in []reflect.Value) (reflect.Value, error) {
	in = h.withContext(ctx, in)
	if h.byJSON {
		in = h.withoutEmpty(in)
	}
	out := h.signature.call(h.original, in)
	if !h.hasError {
		return out[0], nil
	}
	err, _ := reflect.TypeAssert[error](out[1])
	return out[0], err
}

// arguments returns args as the function in the variable would get them, without the context: load has its own context.
func (h *Handle) arguments(op ctxcache.Operation, args []any) ([]reflect.Value, error) {
	in, err := h.fitAll(args)
	if err != nil {
		return nil, ctxcache.Fail(h.Describe().Kind, op, err)
	}
	return in, nil
}
