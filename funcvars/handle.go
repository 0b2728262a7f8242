package funcvars

import (
	"context"
	"errors"
	"reflect"
	"runtime"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// Handle is what is behind a function that [Replace] or [ReplaceFields] has replaced: calling the function gets a
// result, and these methods do the rest. They take the arguments of the function, less its context, the variadic
// ones one by one; those that do not fit are [ctxcache.ErrKey]. The methods may be called concurrently. A Handle is a
// ctxcache.Node.
type Handle struct {
	signature
	prefix      string
	function    *cached.KeyedFunction[[]reflect.Value, string, reflect.Value]
	original    reflect.Value
	replacement reflect.Value
}

// Key returns the key of the result for args in the cache that was given, prefix included, for a call with this context.
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

// Contains reports whether the cache has a result for args. It calls nothing.
func (h *Handle) Contains(ctx context.Context, args ...any) (bool, error) {
	in, err := h.arguments(ctxcache.OpContains, args)
	if err != nil {
		return false, err
	}
	return h.function.Contains(ctx, in)
}

// Delete removes the result for args from the cache and reports whether it was there; see cached.Function.
func (h *Handle) Delete(ctx context.Context, args ...any) (was bool, err error) {
	in, err := h.arguments(ctxcache.OpDelete, args)
	if err != nil {
		return false, err
	}
	return h.function.Delete(ctx, in)
}

// Refresh calls the original for args, whatever is cached, stores its result and returns it; see cached.Function.
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

// Clear deletes all results of this function, and nothing else that shares the cache; see cached.Function.
func (h *Handle) Clear(ctx context.Context) error { return h.function.Clear(ctx) }

// Describe returns what this function is, under its prefix as a name, with the cache under its codec and its prefix.
func (h *Handle) Describe() ctxcache.Description { return h.function.Describe() }

// Stats returns the counters of this function, under its prefix as a name, with the counters of the whole cache as child.
func (h *Handle) Stats(ctx context.Context) (ctxcache.Stats, error) { return h.function.Stats(ctx) }

// Close drains the function: see cached.Function. The variable keeps it, and calls get ctxcache.ErrClosed from now on;
// without an error result they call the original.
func (h *Handle) Close(ctx context.Context) error { return h.function.Close(ctx) }

// call is what the variable is now.
func (h *Handle) call(in []reflect.Value) []reflect.Value {
	// A function without a context cannot be told to give up, cached or not.
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

// callAfter goes on where err cannot be returned: what the original did to its own goroutine happens to this one, and
// everything else was the cache's failure, without which the original would have been called.
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

// load calls the original in a flight.
func (h *Handle) load(ctx context.Context, in []reflect.Value) (reflect.Value, error) {
	if h.hasContext {
		in = append([]reflect.Value{reflect.ValueOf(ctx)}, in[1:]...)
	}
	out := h.signature.call(h.original, in)
	if !h.hasError {
		return out[0], nil
	}
	err, _ := reflect.TypeAssert[error](out[1])
	return out[0], err
}

// arguments returns args as the variable would get them. The context is missing: load has its own.
func (h *Handle) arguments(op ctxcache.Operation, args []any) ([]reflect.Value, error) {
	in, err := h.fitAll(args)
	return in, ctxcache.Fail("func", op, err)
}
