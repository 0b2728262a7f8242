package tracing

import "go.opentelemetry.io/otel/trace"

// Options are the options of [Traced] and [Loads]. Nil, and the zero value of each field, mean the default. All values
// are valid.
type Options struct {
	// TracerProvider makes the spans. Nil means the global provider. It is looked up at each call, so that an SDK may
	// be installed after the caches are built.
	TracerProvider trace.TracerProvider

	// Keys writes keys into spans: unchanged ([Raw]), as a hash ([Hashed], [HashedWith]), or with a function of your
	// own, which must be safe for concurrent calls. Nil, the default, leaves keys out.
	Keys KeyFormat

	// ErrorMessages records the messages of errors that are not this library's, such as errors of loaders. These
	// messages may have keys and values in them. By default only the types of these errors are recorded.
	ErrorMessages bool
}
