package calls

import (
	"math"
	"time"
)

// width is how many round trips of reads run at the same time before further reads wait. It depends on how near the server
// is, by the fastest of the last round trips. The fastest one says least about the load of the machine.
//
// If a round trip takes long, waiting for one costs the caller as long, and more of them at a time cost little. If the
// server is near, a wait is short, and the system calls of a round trip take most of the time. Then fewer round trips, each
// with more reads, are more than half as fast again.
type width struct {
	most    int
	fastest time.Duration // since the last decision
	seen    int           // round trips since then
}

const (
	wide   = 8
	narrow = 3

	// near is how long the fastest round trip to a server nearby takes at most: in the same machine, or the same room.
	near = 200 * time.Microsecond

	// decided is how many round trips it takes to decide.
	decided = 64
)

func newWidth() width { return width{most: wide, fastest: math.MaxInt64} }

// add takes a round trip into account that took so long. 0 does not count. It reports whether the width has changed.
func (w *width) add(took time.Duration) bool {
	if took == 0 {
		return false
	}
	w.fastest = min(w.fastest, took)
	if w.seen++; w.seen < decided {
		return false
	}
	before := w.most
	w.most = wide
	if w.fastest < near {
		w.most = narrow
	}
	w.fastest, w.seen = math.MaxInt64, 0
	return w.most != before
}
