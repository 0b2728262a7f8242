package tracing_test

import (
	"errors"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func TestConcurrentCallersEachHaveTheirOwnTrace(t *testing.T) {
	const callers, rounds = 16, 20
	provider, recorder := newSDK(t)
	cache := nested(memory.New[string, []byte](nil), provider)
	tracer := provider.Tracer("caller")
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			ctx, caller := tracer.Start(t.Context(), "caller")
			defer caller.End()
			for range rounds {
				for _, op := range all {
					if err := op.call(ctx, cache); err != nil && err != ctxcache.ErrMiss && !errors.Is(err, ctxcache.ErrLeaseLost) {
						t.Error(op.name, err)
					}
				}
			}
		})
	}
	wg.Wait()
	ended := recorder.Ended()
	if want := callers * (1 + rounds*len(all)*2); len(ended) != want {
		t.Errorf("%d spans, want %d", len(ended), want)
	}
	byID := make(map[trace.SpanID]string, len(ended))
	traces := make(map[trace.TraceID]int)
	for _, span := range ended {
		byID[span.SpanContext().SpanID()] = span.Name()
		traces[span.SpanContext().TraceID()]++
	}
	for _, span := range ended {
		operation := attributes(span)["cache.operation"].AsString()
		switch parent := byID[span.Parent().SpanID()]; span.Name() {
		case "caller":
		case operation + " users":
			if parent != "caller" {
				t.Fatalf("%q is a child of %q", span.Name(), parent)
			}
		case operation + " users.near":
			if parent != operation+" users" {
				t.Fatalf("%q is a child of %q", span.Name(), parent)
			}
		default:
			t.Fatalf("unexpected span %q", span.Name())
		}
	}
	if len(traces) != callers {
		t.Errorf("%d traces, want %d", len(traces), callers)
	}
}
