package tracing

import (
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/ctxcache"
)

// fail sets the status Error and records err as an event. It does not use RecordError, which records the message of
// every error.
func (s *span) fail(err error) {
	if err == nil {
		s.otel.SetStatus(codes.Error, "")
		return
	}
	message := ctxcache.DiscreetText(err)
	if s.in.errorMessages {
		message = fmt.Sprint(err) // a panic of the error's own methods becomes a text
	}
	message = strings.ToValidUTF8(message, "\uFFFD")
	s.otel.SetStatus(codes.Error, message)
	s.otel.AddEvent(semconv.ExceptionEventName, trace.WithAttributes(
		semconv.ExceptionType(fmt.Sprintf("%T", err)),
		semconv.ExceptionMessage(message),
	))
}
