// Package tracing records the operations of caches as OpenTelemetry spans.
//
//	opts := &tracing.Options{Keys: tracing.Hashed}
//	near := tracing.Traced(memory.New[string, User](nil), "users.near", opts)
//	far = tracing.Traced(far, "users.far", opts)
//	users := tracing.Traced(twolevel.New(near, far, nil), "users", opts)
//	user, err := users.Get(ctx, "ada")
//
// [Traced] makes one layer visible. Wrap it around each cache of a stack that you want to distinguish. Spans nest as the
// layers do, because each operation passes the context with its span down:
//
//	get users: hit
//	  get users.near: miss
//	  get_lease users.near: miss
//	  get_entry users.far: hit
//	  fill users.near: ok
//
// [Loads] does the same for a cached function. It makes a span for each call and for each load from the source. A call
// that waited for another caller's load has a link to that load.
//
// # Spans
//
// A span has the kind INTERNAL and the name "{operation} {cache name}". The operations are:
//
//	get, set, delete, contains, remove          one key
//	get_entry, set_entry, get_lease
//	fill, release, drop
//	get_entries, set_entries, delete_many       many keys
//	get_leases, fill_many, release_many
//	len, clear, keys, stats                     the whole cache; "keys" lasts as long as the iteration
//	refresh, load                               cached functions only; these also have get, get_entries, contains,
//	                                            set, delete, delete_many and clear
//
// They are spelled as the constants of [ctxcache.Operation].
//
// Watch has no span, because it may last as long as the program.
//
// The constants Attr... are the attributes. Each span has the name of the cache, the operation, and the result, which
// is one of the constants Result.... A span for many keys also has the numbers of keys asked for, found and failed. A
// miss, a negative entry, a lost lease and an unsupported operation are not errors. Every other error sets the status
// Error and is recorded as an event.
//
// The spans do not use the attributes db.*, because these are for the instrumentation of the database client. If the
// client is instrumented, too, its spans appear under these.
//
// # Privacy
//
// Keys may be personal data, so spans have no keys unless [Options.Keys] is set. Values are never in a span.
//
// The message of an error may quote a key or a value, so the status and the event of a span have the text that
// [ctxcache.DiscreetText] makes of the error. That text has the messages of this library's own errors, of contexts, and of
// a few errors of the standard library. Any other error is shown by its type, even if a layer has put it into a
// [ctxcache.Error]: for example, "redis get: *net.OpError: *os.SyscallError: connection refused". The value of a panic is
// not shown. If [Options.ErrorMessages] is set, spans have all messages in full.
//
// # Cost
//
// If nothing can record spans, an operation calls the inner cache with the caller's context. This allocates nothing and
// takes a few nanoseconds. It is the case
//
//   - while no SDK is installed (see [go.opentelemetry.io/otel.SetTracerProvider]), or if the provider comes from
//     package go.opentelemetry.io/otel/trace/noop;
//   - in the context of a local span that is neither sampled nor recording. The default sampler of an SDK is
//     parent-based, and drops the children of such a span. Other samplers might not drop them, but are not asked.
//
// Otherwise the sampler is asked, which takes as long as the SDK takes for a span that it drops.
//
// Instrumentation from outside the process (eBPF) does not need an SDK. It sees these spans only if
// [Options.TracerProvider] comes from go.opentelemetry.io/auto/sdk.
package tracing
