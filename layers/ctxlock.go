package layers

import (
	"context"
	"sync/atomic"
	"time"
)

// ctxLock is a mutex. A context can end the wait for it. To take it while it is free costs one atomic operation. It is
// the third mutex of "Futexes Are Tricky" (Drepper, 2011), with a channel in place of the futex.
//
// That mutex is not fair: a goroutine that unlocks it can take it again before a waiter runs. While operations are
// short, this is faster than changing goroutines each time. So ctxLock lets it happen, but not to a waiter that has
// waited for patience. As long as there is one, unlock does not free the lock. It passes the lock to the first waiter in
// line, as sync.Mutex does.
type ctxLock struct {
	state   atomic.Int32
	starved atomic.Int32  // how many waiters have lost patience
	freed   chan struct{} // the lock was freed; has room for one signal, so that unlock never blocks
	passed  chan struct{} // the lock itself, on its way to the waiter that receives it; has room for it
}

// The states of a lock. A goroutine that has waited takes the lock in the state lockContended, because others may still
// wait.
const (
	lockFree = iota
	lockTaken
	lockContended
)

// patience is how long a waiter lets others take the lock first. It is the same as sync.Mutex's.
const patience = time.Millisecond

// init must be called before the lock is used.
func (l *ctxLock) init() { l.freed, l.passed = make(chan struct{}, 1), make(chan struct{}, 1) }

// lock takes the lock and returns nil. If ctx is done before it could, it returns the error of ctx. If ctx is already
// done, it does not wait.
func (l *ctxLock) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if l.state.CompareAndSwap(lockFree, lockTaken) {
		return nil
	}
	return l.wait(ctx)
}

// wait is lock if the lock was not free.
func (l *ctxLock) wait(ctx context.Context) error {
	began, starved := time.Now(), false
	for l.state.Swap(lockContended) != lockFree {
		if !starved && time.Since(began) >= patience {
			starved = true
			l.starved.Add(1)
			defer l.starved.Add(-1)
		}
		// Channels serve in turn those that wait.
		select {
		case <-l.passed:
			return nil
		case <-l.freed:
		case <-ctx.Done():
			// The state stays lockContended, so unlock wakes another waiter if there is one. If the lock was just passed
			// to nobody else, it stays in the channel, and the next one to come finds it there.
			return ctx.Err()
		}
	}
	return nil
}

func (l *ctxLock) unlock() {
	if l.state.CompareAndSwap(lockTaken, lockFree) {
		return
	}
	if l.starved.Load() > 0 {
		l.passed <- struct{}{} // does not block: only the owner of the lock sends
		return
	}
	l.state.Store(lockFree)
	select {
	case l.freed <- struct{}{}:
	default: // a signal is already waiting for the next waiter
	}
}
