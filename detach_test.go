package cached_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/baggage"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/tracing"
)

// A detached loader has the load's span, which belongs to the trace of the call that leads, and nothing else of its
// caller.
func TestFuncDetachKeepsTheSpanOfTheLoad(t *testing.T) {
	type userKey struct{}
	type rolesKey struct{}
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	member, err := baggage.NewMember("tenant", "ada")
	if err != nil {
		t.Fatal(err)
	}
	bag, err := baggage.New(member)
	if err != nil {
		t.Fatal(err)
	}
	ctx := baggage.ContextWithBaggage(context.WithValue(t.Context(), userKey{}, "ada"), bag)
	ctx = context.WithValue(ctx, rolesKey{}, []string{"admin"}) // cannot be compared
	ctx, request := provider.Tracer("test").Start(ctx, "request")

	var source trace.Span
	f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
		if ctx.Value(userKey{}) != nil || ctx.Value(rolesKey{}) != nil || baggage.FromContext(ctx).Len() != 0 {
			t.Error("the loader has values of its caller")
		}
		_, source = provider.Tracer("test").Start(ctx, "source")
		source.End()
		cached.LoadOf[string](ctx).SetTTL(time.Hour)
		return "v", nil
	}, &cached.Options{Detach: true, Tracer: tracing.Loads("users", &tracing.Options{TracerProvider: provider})})
	value, err := f.Get(ctx, "k")
	expect(t, value, err, "v", nil)
	request.End()

	parents := make(map[string]string)
	names := make(map[trace.SpanID]string)
	for _, span := range recorder.Ended() {
		names[span.SpanContext().SpanID()] = span.Name()
	}
	for _, span := range recorder.Ended() {
		parents[span.Name()] = names[span.Parent().SpanID()]
	}
	for child, parent := range map[string]string{"source": "load users", "load users": "get users", "get users": "request"} {
		if parents[child] != parent {
			t.Errorf("the parent of %q is %q, want %q", child, parents[child], parent)
		}
	}
}

// A detached context ends with the load, with the same cause, also for contexts that the loader derives from it.
func TestFuncDetachedContextEndsWithItsCause(t *testing.T) {
	for name, tracer := range map[string]cached.Tracer{
		"no tracer": nil, "a tracer": valueTracer{}, "a tracer with its own context": freshTracer{},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
				derived, cancel := context.WithTimeout(ctx, time.Hour)
				defer cancel()
				<-derived.Done()
				return "", context.Cause(derived)
			}, &cached.Options{Detach: true, Tracer: tracer, LoadTimeout: time.Second})
			begin := time.Now()
			_, err := f.Get(t.Context(), "k")
			if !errors.Is(err, cached.ErrLoadTimeout) {
				t.Errorf("%s: %v", name, err)
			}
			synctest.Wait()
			if stats, err := f.Stats(t.Context()); stats.Late != 1 || time.Since(begin) != time.Second || err != nil {
				t.Errorf("%s: the loader's context did not end: %+v, %v", name, stats, err)
			}
			time.Sleep(2 * time.Hour)
		})
	}
}

type tracedKey struct{}

// valueTracer puts a value into the context of each load.
type valueTracer struct{}

func (valueTracer) Call(ctx context.Context, _ ctxcache.Operation) (context.Context, func(string, context.Context, error)) {
	return ctx, nil
}

func (valueTracer) Load(ctx context.Context) (context.Context, func(error)) {
	return context.WithValue(ctx, tracedKey{}, "span"), nil
}

// freshTracer loads in a context of its own.
type freshTracer struct{ valueTracer }

func (freshTracer) Load(context.Context) (context.Context, func(error)) {
	return context.WithValue(context.Background(), tracedKey{}, "span"), nil
}
