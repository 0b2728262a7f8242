package tracing_test

import (
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/tracing"
)

// globalSDK is the same SDK for all runs of the tests, because OpenTelemetry's placeholder passes calls on to the first
// SDK that is installed, and never to another.
var globalSDK = sync.OnceValues(func() (*sdktrace.TracerProvider, *tracetest.SpanRecorder) {
	recorder := tracetest.NewSpanRecorder()
	return sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)), recorder
})

func TestGlobalProviderIsLookedUpAtEachCall(t *testing.T) {
	placeholder := otel.GetTracerProvider()
	caches := map[string]*tracing.Options{
		"by default": nil,
		"explicitly": {TracerProvider: placeholder},
	}
	sdk, recorder := globalSDK()
	for name, opts := range caches {
		t.Run(name, func(t *testing.T) {
			cache := tracing.Traced(&stub{}, "users", opts)
			for range 2 { // again after the SDK was removed
				recorder.Reset()
				if err := cache.Delete(t.Context(), "ada"); err != nil {
					t.Fatal(err)
				}
				if n := len(recorder.Started()); n != 0 {
					t.Errorf("%d spans without an SDK", n)
				}
				otel.SetTracerProvider(sdk)
				err := cache.Delete(t.Context(), "ada")
				otel.SetTracerProvider(placeholder)
				if err != nil {
					t.Fatal(err)
				}
				if span := only(t, recorder); span.Name() != "delete users" {
					t.Errorf("the span is named %q", span.Name())
				}
			}
		})
	}
}

// uncomparable is a provider that cannot be compared with itself.
type uncomparable struct {
	trace.TracerProvider
	_ []int
}

func TestUncomparableProvider(t *testing.T) {
	provider, recorder := newSDK(t)
	cache := tracing.Traced(&stub{}, "users", &tracing.Options{TracerProvider: uncomparable{TracerProvider: provider}})
	for range 3 {
		if err := cache.Delete(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(recorder.Ended()); n != 3 {
		t.Errorf("%d spans, want 3", n)
	}
}

// counting is a provider that counts how often it is asked for a tracer.
type counting struct {
	trace.TracerProvider
	asked int
}

func (c *counting) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	c.asked++
	return c.TracerProvider.Tracer(name, options...)
}

func TestTracerIsLookedUpOnce(t *testing.T) {
	sdk, _ := newSDK(t)
	provider := &counting{TracerProvider: sdk}
	cache := tracing.Traced(&stub{}, "users", &tracing.Options{TracerProvider: provider})
	for _, op := range all {
		if err := op.call(t.Context(), cache); err != nil {
			t.Fatal(err)
		}
	}
	if provider.asked != 1 {
		t.Errorf("the provider was asked for a tracer %d times", provider.asked)
	}
}
