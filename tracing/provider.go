package tracing

import (
	"context"
	"reflect"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// scopeName is the name of the instrumentation scope.
const scopeName = "github.com/ctxcache/cached/tracing"

// source finds the tracer for a call, or finds that nothing can record.
type source struct {
	provider trace.TracerProvider // nil means the global provider
	last     atomic.Pointer[provided]
}

// provided is a provider and the facts that ask has found out about it.
type provided struct {
	provider    trace.TracerProvider
	tracer      trace.Tracer // nil if the provider records nothing
	placeholder bool         // it records nothing while it is the global provider, and passes calls on to the SDK that replaces it
}

// tracer returns the tracer for a call in ctx, or nil if nothing can record.
func (s *source) tracer(ctx context.Context) trace.Tracer {
	provider := s.provider
	if provider == nil {
		provider = otel.GetTracerProvider()
	}
	last := s.last.Load()
	if last == nil || last.provider != provider {
		last = s.ask(provider)
	}
	if last.tracer == nil || last.placeholder && otel.GetTracerProvider() == provider || unsampled(ctx) {
		return nil
	}
	return last.tracer
}

// ask finds out the facts about provider, and keeps them for the next call.
func (s *source) ask(provider trace.TracerProvider) *provided {
	found := &provided{provider: provider, placeholder: isPlaceholder(provider)}
	tracer := provider.Tracer(scopeName)
	if _, off := tracer.(noop.Tracer); !off {
		found.tracer = tracer
	}
	if reflect.ValueOf(provider).Comparable() { // otherwise the comparison in tracer would panic
		s.last.Store(found)
	}
	return found
}

// isPlaceholder reports whether provider is OpenTelemetry's global provider from before an SDK is installed. Its type
// is not exported, so its package path is compared. If OpenTelemetry moves the type, isPlaceholder reports false. The
// provider is then asked for spans like any other, which is slower but not wrong.
func isPlaceholder(provider trace.TracerProvider) bool {
	t := reflect.TypeOf(provider)
	return t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "go.opentelemetry.io/otel/internal/global"
}

// unsampled reports whether ctx has a local span that is neither sampled nor recorded. Its children are not recorded
// either.
func unsampled(ctx context.Context) bool {
	span := trace.SpanFromContext(ctx)
	parent := span.SpanContext()
	return parent.IsValid() && !parent.IsRemote() && !parent.IsSampled() && !span.IsRecording()
}
