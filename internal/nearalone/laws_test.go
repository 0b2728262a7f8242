package nearalone_test

// law is a law of the protocol.
type law uint8

const (
	lawOwn law = iota + 1
	lawListed
	lawFar
	lawProof
	lawShared
	lawOutage
	lawLife
	lawStream
	lawTried
	lawSeen
)

// String returns the law in words.
func (l law) String() string {
	return [...]string{
		"none",
		"after a write has returned, its process reads nothing older",
		"far has nothing older than a write that has returned, unless its process has listed the key",
		"far has nothing older than a write that it has confirmed",
		"a fill that succeeds proves that no write of this process has returned since the load began",
		"a lease that counts as shared proves that far has confirmed no write since the load began",
		"a copy that enters near alone is not older than far was when the outage began, or is now if it is over",
		"an alone copy lives for OutageTTL at most",
		"near that follows far has nothing older than far has confirmed",
		"a write is tried while writes work",
		"while far answers reads and grants no leases, an alone copy is not older than a read of far has returned",
	}[l]
}

// breaks returns the law that a state breaks, or 0. The other laws are about steps.
func (w *world) breaks() law {
	if w.broken != 0 {
		return w.broken
	}
	if w.far.has && w.far.value < w.confirmed {
		return lawFar
	}
	for p := range w.processes {
		process := &w.processes[p]
		if w.far.has && w.far.value < process.required && !process.list.doubtful() {
			return lawListed
		}
		if !process.near.has {
			continue
		}
		if process.near.value < process.required {
			return lawOwn
		}
		if process.near.alone && process.readable && process.near.value < process.seen {
			return lawSeen
		}
		if s := process.stream; s.connected && s.following && !s.pending && process.near.value < w.confirmed {
			return lawStream
		}
	}
	return 0
}
