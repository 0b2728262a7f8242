package layers

import (
	"context"
	"sync/atomic"
)

// ctxLock is a mutex. A context can end the wait for it. To take it while it is free costs one atomic operation. It is
// the third mutex of "Futexes Are Tricky" (Drepper, 2011), with a channel in place of the futex.
type ctxLock struct {
	state atomic.Int32
	freed chan struct{} // has room for one signal, so that unlock never blocks
}

// The states of a lock. A goroutine that has waited takes the lock in the state lockContended, because others may still
// wait.
const (
	lockFree = iota
	lockTaken
	lockContended
)

// init must be called before the lock is used.
func (l *ctxLock) init() { l.freed = make(chan struct{}, 1) }

// lock takes the lock and returns nil. If ctx is done before it could, it returns the error of ctx. If ctx is already
// done, it does not wait.
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
			return ctx.Err() // the state stays lockContended: unlock then wakes another waiter, if there is one
		}
	}
	return nil
}

func (l *ctxLock) unlock() {
	if l.state.Swap(lockFree) == lockContended {
		select {
		case l.freed <- struct{}{}:
		default: // a signal is already waiting for the next waiter
		}
	}
}
