package sim_test

import "time"

// What the channel does to a message, or to a heartbeat.
const (
	dropPercent   = 5
	doublePercent = 5
	maxDelay      = 200 * time.Millisecond
	reorderWithin = 10 // a message is overtaken by no more than so many later ones
)

// What the node's side of the channel does about it.
const (
	// heartbeat is how often the channel tells the number of the last message.
	heartbeat = 500 * time.Millisecond
	// holeWait is how long a message may be missing after it is known that there was one, until it is told as a Gap. What
	// is late arrives within maxDelay after that. It is told at once when more than reorderWithin have overtaken it.
	holeWait = maxDelay
	// silence is how long no heartbeat arrives until that is told as a Gap: none is later than this if none is lost.
	silence = heartbeat + maxDelay
)

// staleBound is for how long other nodes may read what was overwritten, after the invalidation has returned: a message
// is lost; the next heartbeat tells that there was one, or does not arrive in time either; the message does not come.
const staleBound = heartbeat + maxDelay + holeWait

// Far and the source.
const (
	maxLeg   = 120 * time.Millisecond // one way to far, or back
	maxLate  = 300 * time.Millisecond // a call that failed may take effect so much later
	maxLoad  = 400 * time.Millisecond
	valueTTL = 4 * time.Second
	nearTTL  = 3 * time.Second
	leaseTTL = 3 * time.Second // longer than it takes to get one, load a batch and fill it
)

// maxEffect is for how long a write that failed, or was given up, may still take effect.
const maxEffect = maxLeg + maxLate

// lastBound is for how long anybody may read what was overwritten, if the invalidation failed: somebody loaded it just
// before, stores it as late as can be, and nothing takes it from far until it expires. No near copy outlives that one.
const lastBound = maxLoad + maxEffect + valueTTL + time.Millisecond

// Recovery after the last fault and the last write: what was invalidated without an error is agreed on by all nodes
// within staleBound, and the rest within lastBound.

// The size of a run.
const (
	keyCount    = 5
	nearEntries = 3 // no batch is larger: see nearCache
	runTime     = 5 * time.Second
)
