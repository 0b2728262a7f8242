package tracing_test

import (
	"bytes"
	"context"
	"runtime"
	"testing"
	"time"

	"go.opentelemetry.io/otel/codes"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/tracing"
)

// function is a cached function that panics, or ends its goroutine, somewhere.
type function = cached.KeyedFunction[string, string, []byte]

// newFunction returns a traced function that calls stop at a place: in a function of the user's, in the codec, or in an
// operation of the store. The store has a value of "old". The loader has a value of "new".
func newFunction(t *testing.T, place string, stop func(), opts *tracing.Options) *function {
	t.Helper()
	at := func(here string) {
		if here == place {
			stop()
		}
	}
	var store ctxcache.Cache[string, []byte] = memory.New[string, []byte](nil)
	if err := store.Set(t.Context(), "old", []byte("value"), time.Hour); err != nil {
		t.Fatal(err)
	}
	if place == "OnCacheError" {
		store = brokenCache{store}
	}
	stopping := ctxcache.NewObserved(store, ctxcache.Description{Kind: "stopping"}, ctxcache.Observer[string, struct{}](stoppingCache{at}))
	decoded := layers.Encoded[string](tracing.Traced[string, []byte](&stopping, "store", opts), stoppingCodec{at}, nil)
	return cached.KeyedFunc(tracing.Traced(decoded, "users", opts),
		func(_ context.Context, arg string) (string, error) { at("key"); return arg, nil },
		func(_ context.Context, key string) ([]byte, error) {
			if at("load"); key != "new" {
				return nil, errTold
			}
			return []byte("loaded"), nil
		},
		&cached.Options{
			TTL:          time.Hour,
			Tracer:       tracing.Loads("users", opts),
			OnCacheError: func(context.Context, error) { at("OnCacheError") },
		})
}

// stoppingCache is an observer that calls at with the name of each operation.
type stoppingCache struct{ at func(string) }

func (s stoppingCache) Before(ctx context.Context, call ctxcache.Call[string]) (context.Context, struct{}) {
	s.at(string(call.Op))
	return ctx, struct{}{}
}

func (stoppingCache) After(context.Context, ctxcache.Call[string], struct{}, ctxcache.Outcome) {}

// stoppingCodec is a codec that calls at with the name of each method.
type stoppingCodec struct{ at func(string) }

func (c stoppingCodec) Encode(value []byte) ([]byte, error) {
	c.at("encode")
	return value, nil
}

func (c stoppingCodec) Decode(data []byte) ([]byte, error) {
	c.at("decode")
	return bytes.Clone(data), nil
}

// brokenCache is a cache whose Get fails.
type brokenCache struct{ ctxcache.Cache[string, []byte] }

func (brokenCache) Get(context.Context, string) ([]byte, error) { return nil, errDown }

// functionCalls are the calls of a function that have spans.
var functionCalls = map[string]func(context.Context, *function, string) error{
	"get":      func(ctx context.Context, f *function, arg string) error { _, err := f.Get(ctx, arg); return err },
	"refresh":  func(ctx context.Context, f *function, arg string) error { _, err := f.Refresh(ctx, arg); return err },
	"contains": func(ctx context.Context, f *function, arg string) error { _, err := f.Contains(ctx, arg); return err },
	"delete":   func(ctx context.Context, f *function, arg string) error { _, err := f.Delete(ctx, arg); return err },
	"set":      func(ctx context.Context, f *function, arg string) error { return f.Set(ctx, arg, []byte("set")) },
	"clear":    func(ctx context.Context, f *function, _ string) error { return f.Clear(ctx) },
}

// Wherever a call of a cached function panics or ends its goroutine, each of its spans ends (newSDK checks it), and one
// of them says that it failed.
func TestSpansOfAFunctionEndThoughItDoesNotReturn(t *testing.T) {
	places := []string{
		"key", "load", "OnCacheError", "encode", "decode", "get", "set", "get_lease", "fill", "release", "contains", "remove", "clear",
	}
	for how, stop := range map[string]func(){"panic": func() { panic("about ada") }, "Goexit": runtime.Goexit} {
		for _, place := range places {
			t.Run(how+" in "+place, func(t *testing.T) {
				reached := 0
				for name, call := range functionCalls {
					for _, arg := range []string{"old", "new", "unknown"} {
						if stopped, failed := stoppedCall(t, place, stop, call, arg); stopped {
							reached++
							if !failed && place != "key" { // the key is made before the span begins
								t.Errorf("%s of %s: no span says that it failed", name, arg)
							}
						}
					}
				}
				if reached == 0 {
					t.Error("no call came to this place")
				}
			})
		}
	}
}

// stoppedCall makes one call of a function that calls stop at the place. It returns whether the call came there, and
// whether a span failed.
func stoppedCall(
	t *testing.T, place string, stop func(), call func(context.Context, *function, string) error, arg string,
) (stopped, failed bool) {
	t.Helper()
	provider, recorder := newSDK(t)
	f := newFunction(t, place, func() { stopped = true; stop() }, &tracing.Options{TracerProvider: provider})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { _ = recover() }()
		_ = call(t.Context(), f, arg) // the errors are other tests' business
	}()
	<-ended
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for _, span := range recorder.Ended() {
		failed = failed || span.Status().Code == codes.Error
	}
	return stopped, failed
}
