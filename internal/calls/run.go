package calls

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Task is one call to the servers.
type Task[T any] struct {
	Op   ctxcache.Operation
	Keys int // in a call for many keys, how many there are; each adds a millisecond to the limit

	// Server names the server that the call is for, if the backend has several. Each has a breaker of its own, so that a
	// server that hangs does not get calls for another one refused.
	Server string

	// Run talks to the servers. It must not use slices and maps of the caller: the caller may leave first and change them.
	Run func(context.Context) (T, error)

	// Answered reports whether a server has answered, if Run returns no error: its result may have errors of its own. Nil
	// means that one has.
	Answered func(T) bool

	// Left is called at once if the caller leaves before Run has returned. It runs on the caller's goroutine, and must not
	// wait. It may be nil.
	Left func()

	// Late is called with the result of Run if the caller has left. It undoes what Run has done. It may be nil.
	Late func(T)
}

// patience is how long the context of a call lives after the caller has left because of the limit. A dial in progress
// goes on, so that the next call finds the connection. The timeouts of the client are usually shorter.
const patience = 10 * time.Second

// Do makes the call, and returns its result and error: see [Backend.Fail]. If the cache is not usable, it returns an error
// and does not call Run.
//
// The caller leaves early: with the context's error when ctx is done, with [ctxcache.ErrTimeout] after the limit of b for
// this operation, or with [ctxcache.ErrClosed] when b is closed. The call then goes on without its caller, on a goroutine
// of b. If the last calls had no answer in time, Do may return ErrTimeout at once.
//
// If there is no limit, ctx ends the call, too, and not only the caller's wait. If ctx cannot end either, the call runs on
// the caller's goroutine.
//
// If Run panics, Do panics with the same value. If Run calls [runtime.Goexit], so does Do. A panic after the caller has
// left is kept for [Group.Panicked].
func (t Task[T]) Do(ctx context.Context, b *Backend) (T, error) {
	if err := b.Usable(ctx); err != nil {
		var zero T
		return zero, ctxcache.Fail(b.about.Layer, t.Op, err)
	}
	result, err := t.run(ctx, b)
	return result, b.Fail(ctx, t.Op, err)
}

func (t Task[T]) run(ctx context.Context, b *Backend) (T, error) {
	var zero T
	limit := remaining(ctx, b.limit(t.Op, t.Keys))
	if limit == ctxcache.NoExpiry && ctx.Done() == nil {
		return t.Run(ctx)
	}
	breaker := b.breakerOf(t.Server)
	through, ok := breaker.enter()
	if !ok {
		return zero, errSuspected
	}
	try := b.begin(limit, breaker, through)
	if err := b.acquire(ctx, try.expired); err != nil {
		try.end(false)
		return zero, err
	}
	finished := make(chan outcome[T])
	left := make(chan struct{})
	behind, cancel := behind(ctx, limit)
	started := b.Go(behind, func(ctx context.Context) {
		defer b.release()
		defer cancel()
		var o outcome[T]
		defer func() {
			o.panicked = recover()
			try.end(o.returned && t.answered(b, o.result, o.err))
			select {
			case finished <- o:
			case <-left:
				o.abandon(t.Late)
			}
		}()
		o.result, o.err = t.Run(ctx)
		o.returned = true
	})
	if !started {
		cancel()
		b.release()
		try.end(false)
		return zero, ctxcache.ErrClosed
	}
	var err error
	select {
	case o := <-finished:
		return o.deliver()
	case <-ctx.Done():
		err = ctx.Err()
	case <-try.expired:
		err = ctxcache.ErrTimeout
	case <-b.life.Done():
		err = ctxcache.ErrClosed
	}
	close(left)
	if t.Left != nil {
		t.Left()
	}
	return zero, err
}

// answered reports whether a server has answered.
func (t Task[T]) answered(b *Backend, result T, err error) bool {
	if err != nil {
		return !b.about.Unanswered(err)
	}
	return t.Answered == nil || t.Answered(result)
}

// behind returns the context of a call whose caller may leave after limit. If there is no limit, the call ends with ctx.
func behind(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit == ctxcache.NoExpiry {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), limit+patience)
}

// try is one call, as the breaker and the counters see it.
type try struct {
	b       *Backend
	breaker *breaker
	through bool // the breaker lets it through alone
	began   time.Time
	timer   *time.Timer   // nil without a limit
	expired chan struct{} // closed if the limit passes first
	over    atomic.Bool   // the call has ended, or the limit has passed
}

// begin begins a try. End must be called once, when the call has ended. Through is what the breaker's enter returned.
func (b *Backend) begin(limit time.Duration, breaker *breaker, through bool) *try {
	t := &try{b: b, breaker: breaker, through: through, began: time.Now(), expired: make(chan struct{})}
	if limit != ctxcache.NoExpiry {
		t.timer = time.AfterFunc(limit, t.expire)
	}
	return t
}

// expire ends the wait for the answer. The timer calls it whether or not the caller still waits: the breaker must also
// learn of servers that hang if all callers have shorter deadlines.
func (t *try) expire() {
	if t.over.Swap(true) {
		return
	}
	t.b.Counts.timeouts.Add(1)
	t.breaker.timeout()
	t.leave()
	close(t.expired)
}

// end records that the call has ended, and whether a server has answered it.
func (t *try) end(answered bool) {
	if t.timer != nil {
		t.timer.Stop()
	}
	late := t.over.Swap(true)
	if !late {
		t.leave()
	}
	if !answered {
		return
	}
	t.breaker.answer()
	if late {
		t.b.Counts.answeredLate(time.Since(t.began))
	}
}

func (t *try) leave() {
	if t.through {
		t.breaker.leave()
	}
}

// outcome is how a call ended: it returned, it panicked, or it called [runtime.Goexit].
type outcome[T any] struct {
	returned bool
	result   T
	err      error
	panicked any // the value of the panic; nil without one
}

// deliver ends the call on the caller's goroutine.
func (o outcome[T]) deliver() (T, error) {
	switch {
	case o.panicked != nil:
		panic(o.panicked)
	case !o.returned:
		runtime.Goexit()
	}
	return o.result, o.err
}

// abandon ends the call without its caller, on a goroutine of the group.
func (o outcome[T]) abandon(late func(T)) {
	switch {
	case o.panicked != nil:
		panic(o.panicked)
	case o.returned && late != nil:
		late(o.result)
	}
}
