package calls

import "sync/atomic"

// breaker protects callers from servers that hang. After maxTimeouts timeouts in a row it lets one call at a time
// through, and refuses the others at once, until a server answers. Without it, each caller would wait for the whole limit,
// and each call would hold a connection.
//
// The call that is let through counts only as long as somebody may wait for it. If it is still in flight after that,
// another one is let through: it may belong to another server, which does answer, or find a better connection.
type breaker struct {
	timeouts atomic.Int32 // in a row
	trying   atomic.Bool  // whether a call is let through now, although there were maxTimeouts
}

const maxTimeouts = 3

// enter reports whether a call may be made, and whether it is the one that is let through. If it is, leave must be called
// when nobody waits for it any more.
func (b *breaker) enter() (through, ok bool) {
	if b.timeouts.Load() < maxTimeouts {
		return false, true
	}
	through = b.trying.CompareAndSwap(false, true)
	return through, through
}

func (b *breaker) leave() { b.trying.Store(false) }

// timeout records that a call was not answered in time.
func (b *breaker) timeout() {
	if b.timeouts.Load() < maxTimeouts { // so that it cannot overflow
		b.timeouts.Add(1)
	}
}

// answer records that a server has answered, in time or late.
func (b *breaker) answer() {
	if b.timeouts.Load() != 0 {
		b.timeouts.Store(0)
	}
}
