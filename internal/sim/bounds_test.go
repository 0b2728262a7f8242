package sim_test

import "time"

// The channel does this to messages and heartbeats.
const (
	dropPercent   = 5
	doublePercent = 5
	maxDelay      = 200 * time.Millisecond
	reorderWithin = 10 // at most so many later messages overtake a message
)

// The node's side of the channel reacts like this.
const (
	// heartbeat is how often the channel sends the number of the last message.
	heartbeat = 500 * time.Millisecond
	// holeWait is how long a message may be missing before the node gets a Gap. The time starts when the node learns
	// that the message was sent. A late message arrives within maxDelay after that. If more than reorderWithin messages
	// have overtaken it, the Gap comes at once.
	holeWait = maxDelay
	// silence is how long a node waits for a heartbeat before it gets a Gap. A heartbeat that is not lost never takes
	// longer.
	silence = heartbeat + maxDelay
)

// staleBound is how long other nodes may read an overwritten value after the invalidation has returned. In the worst
// case the message is lost. The next heartbeat then reports that a message is missing, or does not arrive in time
// either. The missing message is waited for, and does not come.
const staleBound = heartbeat + maxDelay + holeWait

// These are the times of far and of the source.
const (
	maxLeg   = 120 * time.Millisecond // one way, to far or back
	maxLate  = 300 * time.Millisecond // a failed call may take effect so much later
	maxLoad  = 400 * time.Millisecond
	valueTTL = 4 * time.Second
	nearTTL  = 3 * time.Second

	// With all options:
	staleFor     = time.Second
	staleIfError = 2 * time.Second
	softTimeout  = 100 * time.Millisecond

	leaseTTL = 3 * time.Second // long enough to get a lease, load a batch and fill it
)

// maxEffect is how long a write may still take effect after it failed or was given up.
const maxEffect = maxLeg + maxLate

// lastBound is how long anybody may read an overwritten value if the invalidation failed. In the worst case somebody
// loaded the value just before, and stores it as late as possible. Nothing removes it from far before it expires. Near
// copies do not outlive it.
const lastBound = maxLoad + maxEffect + valueTTL + time.Millisecond

// With Resilient, values live long, so that an old one in far does not go away by itself before anybody notices it.
const (
	resilientTTL = 20 * time.Second
	outageTTL    = 2 * time.Second
)

// aloneBound is how long a node whose near works alone may return what another node has overwritten. In the worst case
// it has asked far or the source just before, and then the copy lives.
const aloneBound = maxLoad + maxEffect + max(nearTTL, outageTTL)

// replayBound is how long after an outage a node may still list keys that far has missed a change of. It tries again
// after 5 s at most, and not before a write with an unknown outcome has certainly taken effect.
const replayBound = 5*time.Second + maxEffect + 2*maxLeg

// The nodes recover after the last fault and the last write. They agree on a key within staleBound if its invalidation
// returned no error, and within lastBound otherwise. With Resilient, far gets the changes that it has missed within
// replayBound before that.

// behindBound is how long loads may go on behind the last caller: a lease, a load that waits for a slot, and a fill. While
// they wait to be batched, the run has nothing to wait for.
const behindBound = 2 * (4*maxLeg + 2*maxLoad)

// This is the size of a run.
const (
	keyCount    = 5
	nearEntries = 3 // no batch is larger: see nearCache
	runTime     = 5 * time.Second
)
