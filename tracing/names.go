package tracing

import "go.opentelemetry.io/otel/attribute"

// The attributes of spans.
const (
	AttrName      = attribute.Key("cache.name")      // the name given to Traced or Loads
	AttrOperation = attribute.Key("cache.operation") // the first word of the span's name
	AttrResult    = attribute.Key("cache.result")    // one of the constants Result...

	AttrKey  = attribute.Key("cache.key")  // the key, if Options.Keys is set
	AttrKeys = attribute.Key("cache.keys") // the first 16 keys of a call for many keys, if Options.Keys is set

	AttrKeyCount  = attribute.Key("cache.key_count") // calls for many keys: how many keys were given
	AttrHits      = attribute.Key("cache.hits")      // calls for many keys: how many had a value
	AttrNegatives = attribute.Key("cache.negatives") // calls for many keys: how many had a negative entry
	AttrFailed    = attribute.Key("cache.failed")    // calls for many keys: how many failed or lost their lease, if any

	AttrLeaseGranted  = attribute.Key("cache.lease_granted")  // get_lease: whether a lease was granted
	AttrLeasesGranted = attribute.Key("cache.leases_granted") // get_leases: how many leases were granted

	AttrEntries = attribute.Key("cache.entries") // len: how many values were counted; keys: how many keys were yielded
)

// Results of operations, the values of [AttrResult].
const (
	ResultHit         = "hit"         // there was a value
	ResultMiss        = "miss"        // there was nothing; contains and remove: there was no value
	ResultNegative    = "negative"    // a negative entry; load: the source has no such thing
	ResultOK          = "ok"          // a write, a load or a call for many keys succeeded
	ResultLost        = "lost"        // fill, release, drop: the lease was lost; fill_many, release_many: only this failed
	ResultUnsupported = "unsupported" // the cache does not support the operation
	ResultError       = "error"       // the operation failed
)
