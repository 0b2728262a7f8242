package cached

import (
	"sync/atomic"
	"time"
)

// pace measures how long the loads of a Function take. From that follows how long callers join a load that has not
// answered: patience times the slowest load of late, and at least minPatience. Before the first load has answered,
// nothing is known, and callers join a load until Options.LoadTimeout ends it.
//
// The multiple is large, because loads of different keys differ, and a second load of a key costs the source more than a
// caller that waits. The maximum is used, and not an average, for the same reason.
type pace struct {
	slowest atomic.Int64 // nanoseconds; 0 before the first measurement
	usual   atomic.Int64 // a moving average in nanoseconds, for early refreshes
}

const (
	patience    = 5
	minPatience = 10 * time.Second

	// forget is how fast the maximum forgets: each faster load takes this part off the difference. So a slow load
	// counts for some hundred loads. A load that is slow, but answers, counts at once: callers do not start it again and
	// again after the source has become slower.
	forget = 256

	// follow is how fast the average follows: each load moves it by this part of the difference.
	follow = 8

	// maxReplaced is how many loads of one key may run that nobody joins any more. If these hang, too, callers join
	// the last of them until its time is over: a source that hangs is not asked again and again.
	maxReplaced = 2
)

// measure counts a load that the source has answered after d.
func (p *pace) measure(d time.Duration) {
	usual := p.usual.Load()
	if usual == 0 {
		usual = int64(d)
	}
	p.usual.Store(usual + (int64(d)-usual)/follow) // of two loads that end at the same moment, one may be left out
	for {
		slowest := p.slowest.Load()
		next := max(int64(d), slowest-(slowest-int64(d))/forget, 1)
		if next == slowest || p.slowest.CompareAndSwap(slowest, next) {
			return
		}
	}
}

// expected returns how long a load is expected to take.
func (p *pace) expected() time.Duration { return time.Duration(p.usual.Load()) }

// hangs reports whether callers should not join c any more, because its load has taken too long. The caller holds the
// shard's lock. A nil pace is always patient.
func (c *call[V]) hangs(p *pace) bool {
	if p == nil || c.asked.IsZero() || c.sealed || c.nth >= maxReplaced {
		return false
	}
	slowest := time.Duration(p.slowest.Load())
	return slowest > 0 && time.Since(c.asked) >= max(minPatience, patience*slowest)
}
