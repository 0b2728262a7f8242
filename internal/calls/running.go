package calls

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// running is a call from the moment when its caller begins to wait. The caller waits on its own goroutine, and a worker
// runs the call. The zero value is ready. If reusable returns true in the end, it may be used again.
type running struct {
	b       *Backend
	breaker *breaker
	through bool // the breaker lets this call through alone
	began   time.Time
	limit   time.Duration // of the caller's wait; NoExpiry is no limit
	timer   *time.Timer   // fires after limit, and again after patience; nil before the first limit
	wake    chan struct{} // wakes the caller, once; has room for one
	ending  atomic.Int32  // how the caller's wait has ended
	over    atomic.Bool   // the call has ended, or the limit has passed
	slot    atomic.Bool   // the call has got a slot
	clean   bool          // the timer will not fire any more

	mu     sync.Mutex // guards worker, and the timer until it is set
	worker *worker    // runs the call now; nil before and after that
}

// How the wait of a caller ends. It ends once.
const (
	waits     int32 = iota
	delivered       // the call has ended, and its result is the caller's
	timedOut        // the limit has passed
	left            // the caller has left by itself
)

// patience is how long the context of a call lives after the caller has left because of the limit. A dial in progress
// goes on, so that the next call finds the connection. The timeouts of the client are usually shorter.
const patience = 10 * time.Second

// admit begins the caller's wait, and waits for a slot. After an error there is nothing to run.
func (r *running) admit(ctx context.Context, b *Backend, server string, limit time.Duration) error {
	r.b, r.breaker, r.limit = b, b.breakerOf(server), limit
	var ok bool
	if r.through, ok = r.breaker.enter(); !ok {
		return errSuspected
	}
	r.began = time.Now()
	if r.wake == nil {
		r.wake = make(chan struct{}, 1)
	}
	if limit != ctxcache.NoExpiry {
		r.mu.Lock()
		if r.timer == nil {
			r.timer = time.AfterFunc(limit, r.tick)
		} else {
			r.timer.Reset(limit)
		}
		r.mu.Unlock()
	}
	if err := b.acquire(ctx, r.wake); err != nil {
		r.end(false)
		return err
	}
	r.slot.Store(true)
	return nil
}

// refuse ends a call that could not begin. It returns the caller's error.
func (r *running) refuse() error {
	r.end(false)
	r.b.release()
	return ctxcache.ErrClosed
}

// wait waits until the call has ended. An error says why the caller leaves before that.
func (r *running) wait(ctx context.Context) error {
	var err error
	select {
	case <-r.wake:
		return r.woken()
	case <-ctx.Done():
		err = ctx.Err()
	case <-r.b.life.Done():
		err = ctxcache.ErrClosed
	}
	if r.ending.CompareAndSwap(waits, left) {
		return err
	}
	<-r.wake
	return r.woken()
}

func (r *running) woken() error {
	if r.ending.Load() == delivered {
		return nil
	}
	return ctxcache.ErrTimeout
}

// gone reports whether nobody waits for the call.
func (r *running) gone() bool { return r.ending.Load() != waits }

// deliver ends the caller's wait with the call. It returns false if the caller has left. Otherwise the call must not be
// touched after that: the caller may use it again.
func (r *running) deliver() bool {
	if !r.ending.CompareAndSwap(waits, delivered) {
		return false
	}
	r.wake <- struct{}{}
	return true
}

// reusable makes a call that was delivered ready for another one. It returns false if the timer may still refer to it.
func (r *running) reusable() bool {
	if !r.clean {
		return false
	}
	r.ending.Store(waits)
	r.over.Store(false)
	r.slot.Store(false)
	r.clean = false
	return true
}

// on sets the worker that runs the call. The worker calls end after that.
func (r *running) on(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.worker = w
}

// context returns the context of the call. The caller may leave before the call ends. If there is no limit, the call ends
// with the caller's context.
func (r *running) context(caller context.Context, w *worker) (context.Context, context.CancelFunc) {
	if r.limit != ctxcache.NoExpiry {
		return &callContext{w.ctx, caller, r.began.Add(min(r.limit, ctxcache.NoExpiry-patience) + patience)}, func() {}
	}
	ctx, cancel := context.WithCancel(caller)
	stop := context.AfterFunc(w.group.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// tick is called by the timer: when the limit has passed, and after patience. The first time it ends the caller's wait,
// whether or not the caller still waits: the breaker must also learn of servers that hang if all callers have shorter
// deadlines. A call that is still waiting for a slot says nothing about its server. The second time tick ends the context
// of the call.
func (r *running) tick() {
	if r.over.Swap(true) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.worker != nil {
			r.worker.endCall()
		}
		return
	}
	r.b.Counts.timeouts.Add(1)
	if r.slot.Load() {
		r.breaker.timeout()
	}
	r.leave()
	if r.ending.CompareAndSwap(waits, timedOut) {
		r.wake <- struct{}{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.timer.Reset(patience)
}

// end records that the call has ended, and whether a server has answered it.
func (r *running) end(answered bool) {
	r.mu.Lock()
	r.worker = nil
	r.mu.Unlock()
	r.clean = r.timer == nil || r.timer.Stop()
	late := r.over.Swap(true)
	if !late {
		r.leave()
	}
	if !answered {
		return
	}
	r.breaker.answer()
	if late {
		r.b.Counts.answeredLate(time.Since(r.began))
	}
}

func (r *running) leave() {
	if r.through {
		r.breaker.leave()
	}
}
