package twolevel

import (
	"math"
	"sync/atomic"
	"time"
)

// view says whether near, which follows a stream of events, may be read. A read costs one atomic load while near follows.
// The zero view says no.
type view struct {
	until atomic.Int64 // near may be read before this time, in nanoseconds since born; never and always are not times
	born  time.Time
	stale time.Duration // Options.MaxStale
	opens atomic.Uint64 // how often near has begun to follow
}

const (
	never  = 0             // until the next Gap
	always = math.MaxInt64 // near has followed every event since the last Gap
)

func newView(maxStale time.Duration) *view { return &view{born: time.Now(), stale: maxStale} }

// current reports whether near may be read.
func (v *view) current() bool {
	until := v.until.Load()
	return until == always || until != never && int64(time.Since(v.born)) < until
}

// follows reports whether near has followed every event since the last Gap.
func (v *view) follows() bool { return v.until.Load() == always }

// cut returns the number of the time since near has followed the last time, or 0 if it follows.
func (v *view) cut() uint64 {
	if v.follows() {
		return 0
	}
	return v.opens.Load() + 1
}

// open says that near has followed every event since the last Gap.
func (v *view) open() {
	v.opens.Add(1)
	v.until.Store(always)
}

// shut says that near may have old values for no known time.
func (v *view) shut() { v.until.Store(never) }

// lose says that near does not follow from now on. It changes nothing if near did not follow before: an older loss
// counts.
func (v *view) lose() {
	until := int64(never)
	if v.stale > 0 {
		since := time.Since(v.born)
		until = int64(since + min(v.stale, always-1-since)) // never always
	}
	v.until.CompareAndSwap(always, until)
}
