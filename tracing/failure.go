package tracing

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	message := describe(err)
	if s.in.errorMessages {
		message = err.Error()
	}
	message = strings.ToValidUTF8(message, "\uFFFD")
	s.otel.SetStatus(codes.Error, message)
	s.otel.AddEvent(semconv.ExceptionEventName, trace.WithAttributes(
		semconv.ExceptionType(fmt.Sprintf("%T", err)),
		semconv.ExceptionMessage(message),
	))
}

// describe returns a text for err that has no key in it. For errors of this library and of contexts this is the
// message. For other errors it is their type and the description of the error that they wrap. For errors that wrap
// several errors it is the descriptions of these.
func describe(err error) string {
	switch err {
	case ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, ctxcache.ErrTTL, ctxcache.ErrKey, ctxcache.ErrCorrupt,
		ctxcache.ErrValue, ctxcache.ErrTimeout, ctxcache.ErrClosed, ctxcache.ErrOptions, errors.ErrUnsupported, context.Canceled, context.DeadlineExceeded:
		return err.Error()
	}
	switch e := err.(type) {
	case *ctxcache.Error:
		return e.Error()
	case interface{ Unwrap() []error }:
		return describeAll(e.Unwrap())
	case interface{ Unwrap() error }:
		if cause := e.Unwrap(); cause != nil {
			return fmt.Sprintf("%T: %s", err, describe(cause))
		}
	}
	return fmt.Sprintf("%T", err)
}

// maxCauses is how many descriptions are recorded of an error that wraps several errors.
const maxCauses = 3

// describeAll returns the descriptions of several errors, each once. It sorts them, because the errors of a
// [ctxcache.ManyError] are in random order.
func describeAll(errs []error) string {
	causes := make([]string, 0, len(errs))
	for _, err := range errs {
		if err != nil {
			causes = append(causes, describe(err))
		}
	}
	slices.Sort(causes)
	causes = slices.Compact(causes)
	if len(causes) > maxCauses {
		causes = append(causes[:maxCauses], "...")
	}
	return strings.Join(causes, "; ")
}
