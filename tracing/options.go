package tracing

import "go.opentelemetry.io/otel/trace"

// Options for [Traced] and [Loads]. Nil, like the zero value, means all defaults. Every value is valid.
type Options struct {
	// TracerProvider makes the spans. Nil is the global one, looked up at each call, so that an SDK may be installed
	// after the caches are built.
	TracerProvider trace.TracerProvider

	// Keys says how keys are written into spans: as they are ([Raw]), as a hash ([Hashed], [HashedWith]), or by
	// a function of your own, which may be called concurrently. Nil, the default, leaves keys out.
	Keys KeyFormat

	// ErrorMessages records the messages of errors that are not this library's, as those of loaders. They may
	// have keys and values in them. By default only the types of such errors are recorded.
	ErrorMessages bool
}
