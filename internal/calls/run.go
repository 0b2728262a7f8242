package calls

import (
	"context"
	"runtime"

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
	r := &taskRun[T]{task: t, ctx: ctx}
	if err := r.admit(ctx, b, t.Server, limit); err != nil {
		return zero, err
	}
	if !b.work(r) {
		return zero, r.refuse()
	}
	if err := r.wait(ctx); err != nil {
		if t.Left != nil {
			t.Left()
		}
		return zero, err
	}
	return r.outcome.deliver()
}

// taskRun is a running task.
type taskRun[T any] struct {
	running
	task    Task[T]
	ctx     context.Context // the caller's
	outcome outcome[T]
}

// run runs the task on a worker.
func (r *taskRun[T]) run(w *worker) {
	b, o := r.b, &r.outcome
	defer b.release()
	r.on(w)
	ctx, cancel := r.context(r.ctx, w)
	defer func() {
		o.panicked = recover()
		cancel()
		r.end(o.returned && r.task.answered(b, o.result, o.err))
		if !r.deliver() {
			o.abandon(r.task.Late)
		}
	}()
	o.result, o.err = r.task.Run(ctx)
	o.returned = true
}

// answered reports whether a server has answered.
func (t Task[T]) answered(b *Backend, result T, err error) bool {
	if err != nil {
		return !b.about.Unanswered(err)
	}
	return t.Answered == nil || t.Answered(result)
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
