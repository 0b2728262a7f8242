package auditor

import (
	"cmp"
	"reflect"
	"time"
)

// Options are the options of [New]. Nil, and the zero value of each field, mean the default.
type Options[V any] struct {
	// Every is how many hits there are for each sample. 0 means 1000.
	Every int

	// Delay is the time from a hit to its check, and from one check of a key to the next. It should be longer than a
	// change takes from the source to the cache. 0 means one second.
	Delay time.Duration

	// Bound is how old a value may be that the cache returns. It is the promise of the cache's options, such as NearTTL.
	// A difference counts as a mismatch once it is older. 0 means no time at all, so a difference that two checks see
	// is a mismatch.
	Bound time.Duration

	// Attempts is how often a key is checked that changes all the time, so that no two checks see the same. After that,
	// it counts as unclear. Checks of a difference within the Bound do not count. 0 means 10.
	Attempts int

	// MaxPending is how many samples wait for their checks at most. Others are dropped, and counted. 0 means 1000.
	MaxPending int

	// Timeout limits the two reads of a check. 0 means one second.
	Timeout time.Duration

	// Equal reports whether two values are the same. It is called on the auditor's goroutine. Nil means
	// [reflect.DeepEqual].
	Equal func(a, b V) bool

	// Forgets says that the source loses values that nobody has deleted: it evicts, or restarts empty, and the cache
	// does not hear of that. A miss of the source then shows nothing. Otherwise it means that the value was deleted.
	Forgets bool
}

func (o *Options[V]) withDefaults() Options[V] {
	var filled Options[V]
	if o != nil {
		filled = *o
	}
	filled.Every = cmp.Or(filled.Every, 1000)
	filled.Delay = cmp.Or(filled.Delay, time.Second)
	filled.Attempts = cmp.Or(filled.Attempts, 10)
	filled.MaxPending = cmp.Or(filled.MaxPending, 1000)
	filled.Timeout = cmp.Or(filled.Timeout, time.Second)
	if filled.Equal == nil {
		filled.Equal = func(a, b V) bool { return reflect.DeepEqual(a, b) }
	}
	return filled
}
