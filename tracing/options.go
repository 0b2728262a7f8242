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

	// ErrorMessages records the whole messages of all errors. The messages of loaders, codecs and clients may have keys
	// and values in them. By default only messages that are known to have neither are recorded: see
	// [ctxcache.DiscreetText].
	ErrorMessages bool
}
