package tracing

import "go.opentelemetry.io/otel/attribute"

// Attributes of spans.
const (
	AttrName      = attribute.Key("cache.name")      // the name given to Traced or Loads
	AttrOperation = attribute.Key("cache.operation") // the first word of the span's name
	AttrResult    = attribute.Key("cache.result")    // one of the constants Result...

	AttrKey  = attribute.Key("cache.key")  // the key, with Options.Keys
	AttrKeys = attribute.Key("cache.keys") // the first 16 keys of a call for many, with Options.Keys

	AttrKeyCount  = attribute.Key("cache.key_count") // of a call for many: the keys given
	AttrHits      = attribute.Key("cache.hits")      // of a call for many: the keys that had a value
	AttrNegatives = attribute.Key("cache.negatives") // of a call for many: the keys that had a negative entry
	AttrFailed    = attribute.Key("cache.failed")    // of a call for many: the keys that failed, if any did

	AttrLeaseGranted  = attribute.Key("cache.lease_granted")  // "lease": whether a lease was granted
	AttrLeasesGranted = attribute.Key("cache.leases_granted") // "lease_many": how many were

	AttrEntries = attribute.Key("cache.entries") // "len": the values counted; "keys": the keys yielded
)

// Results of operations, the values of [AttrResult].
const (
	ResultHit         = "hit"         // a value; contains and remove: there was one
	ResultMiss        = "miss"        // nothing known; contains and remove: there was no value
	ResultNegative    = "negative"    // a negative entry; load: the source has no such thing
	ResultOK          = "ok"          // done: a write, a load, or a call about many keys
	ResultLost        = "lost"        // fill: the lease was lost, and nothing was stored
	ResultUnsupported = "unsupported" // the cache cannot do that
	ResultError       = "error"       // it failed
)

// Operations, as they stand in names of spans.
const (
	opGet        = "get"
	opSet        = "set"
	opDelete     = "delete"
	opContains   = "contains"
	opRemove     = "remove"
	opGetEntry   = "get_entry"
	opSetEntry   = "set_entry"
	opGetMany    = "get_many"
	opSetMany    = "set_many"
	opDeleteMany = "delete_many"
	opLease      = "lease"
	opLeaseMany  = "lease_many"
	opFill       = "fill"
	opRelease    = "release"
	opLen        = "len"
	opClear      = "clear"
	opKeys       = "keys"
	opStats      = "stats"
	opRefresh    = "refresh"
	opLoad       = "load"
)
