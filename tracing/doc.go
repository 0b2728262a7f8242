// Package tracing shows what a stack of caches does as OpenTelemetry spans.
//
// [Traced] makes one layer visible. Put it round each cache of a stack that is worth telling apart. Spans nest
// as the layers do, since each operation hands the context of its own span down:
//
//	get users: hit
//	  get users.near: miss
//	  get users.far: hit
//
// [Loads] does the same for a cached function: its calls, its loads from the source, and links from the calls
// that waited for a load to that load.
//
// # Spans
//
// A span is of kind INTERNAL and named "{operation} {cache name}". The operations:
//
//	get, set, delete, contains, remove      one key
//	get_entry, set_entry
//	get_many, set_many, delete_many         many keys
//	lease, lease_many                       GetLease and GetLeases
//	fill, release                           of a lease, in the context of that call
//	len, clear, keys, stats                 the whole cache; "keys" lasts as long as the iteration
//	refresh, load                           of a cached function, beside get, contains and delete
//
// Watch has no span: it lasts as long as the program may.
//
// Attributes are the constants Attr...: the cache's name, the operation, and the result, which is one of the
// constants Result...; for many keys also how many were asked for, found, and failed. A miss is no error, nor
// is anything that was not found, a lost lease, or an operation that the cache does not support. Every other
// error sets the status Error, and is recorded as an event.
//
// The conventions named db.* are not used: they belong to the instrumentation of the database's client, whose
// spans appear under these by themselves.
//
// # Privacy
//
// Keys may be personal, so spans have none unless [Options.Keys] says how to write them. Errors of this library
// have no key in their messages, and are recorded as they are. The message of any other error, a loader's above
// all, may have one. Of such an error only the type is recorded, unless [Options.ErrorMessages] is set.
//
// # Cost
//
// Where nothing can record, an operation goes straight to the inner cache with the context it was given: nothing is
// allocated, and a few nanoseconds are spent. That is so
//
//   - while no SDK is installed (see [go.opentelemetry.io/otel.SetTracerProvider]), or the provider is that of
//     package go.opentelemetry.io/otel/trace/noop;
//   - in the context of a local span that is neither sampled nor recording. A parent-based sampler, which is
//     what an SDK has by default, drops the children of such a span; another one, which might not, is not
//     asked.
//
// Any other sampler has to be asked, which costs what the SDK spends on a span that it drops.
//
// Instrumentation from outside the process (eBPF), which needs no SDK, sees these spans only if
// [Options.TracerProvider] is that of go.opentelemetry.io/auto/sdk.
package tracing
