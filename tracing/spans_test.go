package tracing_test

import (
	"context"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/ctxcache/cached/tracing"
)

// newSDK returns a provider and the recorder of its spans.
func newSDK(t testing.TB, options ...sdktrace.TracerProviderOption) (*sdktrace.TracerProvider, *tracetest.SpanRecorder) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(append(options, sdktrace.WithSpanProcessor(recorder))...)
	t.Cleanup(func() {
		if err := provider.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		if started, ended := len(recorder.Started()), len(recorder.Ended()); started != ended {
			t.Errorf("%d spans were started, %d were ended", started, ended)
		}
	})
	return provider, recorder
}

// only returns the only span that was recorded.
func only(t *testing.T, recorder *tracetest.SpanRecorder) sdktrace.ReadOnlySpan {
	t.Helper()
	spans := recorder.Ended()
	if len(spans) != 1 {
		t.Fatalf("%d spans were recorded, want 1", len(spans))
	}
	return spans[0]
}

// named returns the only span with that name.
func named(t *testing.T, recorder *tracetest.SpanRecorder, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	var found []sdktrace.ReadOnlySpan
	for _, span := range recorder.Ended() {
		if span.Name() == name {
			found = append(found, span)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans are named %q, want 1", len(found), name)
	}
	return found[0]
}

// checkAttributes fails the test unless span has exactly the attributes want, and name and operation, which
// checkIdentity checks.
func checkAttributes(t *testing.T, span sdktrace.ReadOnlySpan, want ...attribute.KeyValue) {
	t.Helper()
	got := attributes(span)
	delete(got, tracing.AttrName)
	delete(got, tracing.AttrOperation)
	for _, attr := range want {
		value, ok := got[attr.Key]
		if !ok || value.String() != attr.Value.String() {
			t.Errorf("%s: %s is %q, want %q", span.Name(), attr.Key, value.String(), attr.Value.String())
		}
		delete(got, attr.Key)
	}
	for key, value := range got {
		t.Errorf("%s: unexpected attribute %s=%s", span.Name(), key, value.String())
	}
}

func attributes(span sdktrace.ReadOnlySpan) map[attribute.Key]attribute.Value {
	all := make(map[attribute.Key]attribute.Value)
	for _, attr := range span.Attributes() {
		all[attr.Key] = attr.Value
	}
	return all
}

// checkFailed fails the test unless span has the status Error with that description, and the error as an event. If
// description is empty, the span must have neither.
func checkFailed(t *testing.T, span sdktrace.ReadOnlySpan, description string) {
	t.Helper()
	if description == "" {
		if span.Status().Code != codes.Unset || len(span.Events()) != 0 {
			t.Errorf("%s: status %v and %d events, want neither", span.Name(), span.Status(), len(span.Events()))
		}
		return
	}
	if want := (sdktrace.Status{Code: codes.Error, Description: description}); span.Status() != want {
		t.Errorf("%s: status %v, want %v", span.Name(), span.Status(), want)
	}
	if len(span.Events()) != 1 || span.Events()[0].Name != "exception" {
		t.Fatalf("%s: events %v, want one exception", span.Name(), span.Events())
	}
	event := attribute.NewSet(span.Events()[0].Attributes...)
	if message, _ := event.Value("exception.message"); message.AsString() != description {
		t.Errorf("%s: event says %q, want %q", span.Name(), message.AsString(), description)
	}
}
