package layers

import (
	"context"
	"sync/atomic"
)

// ctxLock is a lock that a context can end the wait for. Taking it when it is free is one atomic operation. It is the
// third mutex of "Futexes Are Tricky" (Drepper, 2011), with a channel for the futex.
type ctxLock struct {
	state atomic.Int32
	freed chan struct{} // has room for one, so that freeing never waits
}

// What a lock is. Whoever has waited takes it as contended, since others may wait still.
const (
	lockFree = iota
	lockTaken
	lockContended
)

// init comes before all else.
func (l *ctxLock) init() { l.freed = make(chan struct{}, 1) }

// lock waits for the lock until ctx is done, and returns then its error. It does not begin with one that is done.
func (l *ctxLock) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.state.CompareAndSwap(lockFree, lockTaken) {
		return nil
	}
	for l.state.Swap(lockContended) != lockFree {
		select {
		case <-l.freed:
		case <-ctx.Done():
			return ctx.Err() // the lock stays contended, which wakes the next one, or nobody
		}
	}
	return nil
}

func (l *ctxLock) unlock() {
	if l.state.Swap(lockFree) == lockContended {
		select {
		case l.freed <- struct{}{}:
		default: // somebody is about to wake
		}
	}
}
