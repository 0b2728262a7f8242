package tracing_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/tracing"
)

// off is a situation where nothing can record spans.
type off struct {
	name string
	ctx  context.Context
	opts *tracing.Options
}

func offs(t *testing.T) []off {
	provider, _ := newSDK(t)
	shut := sdktrace.NewTracerProvider()
	if err := shut.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	return []off{
		{"no SDK", t.Context(), nil},
		{"no SDK, explicitly", t.Context(), &tracing.Options{TracerProvider: otel.GetTracerProvider()}},
		{"no SDK, in a sampled span of another library", sampled(t), nil},
		{"noop provider", t.Context(), &tracing.Options{TracerProvider: noop.NewTracerProvider()}},
		{"SDK that was shut down", t.Context(), &tracing.Options{TracerProvider: shut}},
		{"unsampled parent", unsampled(t), &tracing.Options{TracerProvider: provider}},
	}
}

// unsampled returns a context with a span that an SDK has decided not to sample.
func unsampled(t *testing.T) context.Context {
	provider, _ := newSDK(t, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	ctx, parent := provider.Tracer("caller").Start(t.Context(), "caller")
	t.Cleanup(func() { parent.End() })
	if parent.IsRecording() || !parent.SpanContext().IsValid() {
		t.Fatal("the parent is not what the test is about")
	}
	return ctx
}

// sampled returns a context with a span that is recorded.
func sampled(t *testing.T) context.Context {
	provider, _ := newSDK(t)
	ctx, parent := provider.Tracer("caller").Start(t.Context(), "caller")
	t.Cleanup(func() { parent.End() })
	return ctx
}

func TestNothingIsAllocatedWhereNothingRecords(t *testing.T) {
	inner := &stub{}
	for _, off := range offs(t) {
		t.Run(off.name, func(t *testing.T) {
			for _, op := range all {
				bare := allocations(t, off.ctx, op, inner)
				if traced := allocations(t, off.ctx, op, tracing.Traced(inner, "users", off.opts)); traced != bare {
					t.Errorf("%s: %v allocations, %v without tracing", op.name, traced, bare)
				}
			}
		})
	}
}

func allocations(t *testing.T, ctx context.Context, op operation, c ctxcache.Cache[string, []byte]) float64 {
	return testing.AllocsPerRun(100, func() {
		if err := op.call(ctx, c); err != nil {
			t.Error(err)
		}
	})
}

func TestInnerCacheGetsTheVeryContextWhereNothingRecords(t *testing.T) {
	for _, off := range offs(t) {
		t.Run(off.name, func(t *testing.T) {
			inner := &stub{}
			cache := tracing.Traced(inner, "users", off.opts)
			for _, op := range all {
				if err := op.call(off.ctx, cache); err != nil {
					t.Error(err)
				}
				if want := trace.SpanContextFromContext(off.ctx); !inner.in.Equal(want) {
					t.Errorf("%s: the inner cache was called in another span", op.name)
				}
			}
		})
	}
}

func TestRemoteUnsampledParentIsLeftToTheSampler(t *testing.T) {
	remote := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, Remote: true})
	ctx := trace.ContextWithRemoteSpanContext(t.Context(), remote)
	sampler := sdktrace.ParentBased(sdktrace.AlwaysSample(),
		sdktrace.WithRemoteParentNotSampled(sdktrace.AlwaysSample()))
	provider, recorder := newSDK(t, sdktrace.WithSampler(sampler))
	if err := nested(&stub{}, provider).Delete(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	if n := len(recorder.Ended()); n != 2 {
		t.Errorf("%d spans, want 2", n)
	}
}

func TestDroppedSpanIsGoneThrough(t *testing.T) {
	provider, recorder := newSDK(t, sdktrace.WithSampler(sdktrace.NeverSample()))
	inner := &stub{listed: []string{"ada"}}
	opts := &tracing.Options{TracerProvider: provider, Keys: func(any) string {
		t.Error("a key was formatted for a span that is not recorded")
		return ""
	}}
	cache := tracing.Traced(inner, "users", opts)
	for _, op := range all {
		inner.in = trace.SpanContext{}
		if err := op.call(t.Context(), cache); err != nil {
			t.Error(err)
		}
		if !inner.in.IsValid() || inner.in.IsSampled() {
			t.Errorf("%s: the decision not to sample did not reach the inner cache", op.name)
		}
	}
	if ctx, end := tracing.Loads("users", opts).Call(t.Context(), "get"); end != nil || ctx == t.Context() {
		t.Error("the decision not to sample a call is not passed on, or the call is recorded")
	}
	if n := len(recorder.Started()); n != 0 {
		t.Errorf("%d spans recorded", n)
	}
}

func TestSamplerSeesNameAndOperation(t *testing.T) {
	provider, recorder := newSDK(t, sdktrace.WithSampler(onlyGets{}))
	cache := tracing.Traced(&stub{}, "users", &tracing.Options{TracerProvider: provider})
	for _, op := range all {
		if err := op.call(t.Context(), cache); err != nil {
			t.Fatal(err)
		}
	}
	if span := only(t, recorder); span.Name() != "get users" {
		t.Errorf("%q was sampled", span.Name())
	}
}

// onlyGets is a sampler that samples spans with the operation get only.
type onlyGets struct{}

func (onlyGets) Description() string { return "onlyGets" }

func (onlyGets) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	given := attribute.NewSet(p.Attributes...)
	name, _ := given.Value(tracing.AttrName)
	if operation, _ := given.Value(tracing.AttrOperation); name.AsString() == "users" && operation.AsString() == "get" {
		return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
	}
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}
