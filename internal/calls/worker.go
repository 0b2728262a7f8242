package calls

import (
	"context"
	"errors"
	"time"
)

// worker runs one job at a time, each on a goroutine of its own. It is used again, because a context that ends with the
// group is not cheap to make. The goroutines are not: one that waits for its next job would outlive the call, and a test
// in a bubble of testing/synctest would find it.
type worker struct {
	group *Group
	job   job
	start func() // loop, so that starting it allocates nothing

	// The context of the calls. It ends with the group, and when a call has lasted too long. Then the next call has
	// another one.
	ctx    context.Context
	cancel context.CancelFunc
}

// job is what a worker runs.
type job interface{ run(w *worker) }

// work runs j on a worker. After Close it does nothing and returns false.
func (g *Group) work(j job) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.Closed() {
		return false
	}
	var w *worker
	if last := len(g.idle) - 1; last >= 0 {
		w, g.idle[last] = g.idle[last], nil
		g.idle = g.idle[:last]
	} else {
		w = &worker{group: g}
		w.start = w.loop
		w.ctx, w.cancel = context.WithCancel(g.life)
	}
	w.job = j
	g.running.Add(1)
	go w.start()
	return true
}

// loop runs the job. If the job ends the goroutine, by a panic or by [runtime.Goexit], the worker is not used again.
func (w *worker) loop() {
	g := w.group
	defer g.running.Done()
	defer g.keepPanic()
	whole := false
	defer func() {
		if !whole || w.ctx.Err() != nil { // a call has lasted too long, or the group is closed
			w.cancel()
			return
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.idle = append(g.idle, w)
	}()
	w.job.run(w)
	w.job, whole = nil, true
}

// endCall ends the context of the call that runs now.
func (w *worker) endCall() { w.cancel() }

// callContext is the context of a call: it has the values of the caller's context, but neither its end nor its deadline.
// The standard library would make several contexts and a timer.
type callContext struct {
	context.Context // of the worker: it ends the call
	caller          context.Context
	deadline        time.Time
}

// Deadline returns when the call ends at the latest.
func (c *callContext) Deadline() (time.Time, bool) { return c.deadline, true }

// Err returns why the call has ended, or nil.
func (c *callContext) Err() error {
	err := c.Context.Err()
	if err != nil && !time.Now().Before(c.deadline) && errors.Is(err, context.Canceled) {
		return context.DeadlineExceeded
	}
	return err
}

// Value returns a value of the caller's context. It asks the worker's context first. That has only one value: package
// context uses it to find the parent that ends a context.
func (c *callContext) Value(key any) any {
	if value := c.Context.Value(key); value != nil {
		return value
	}
	return c.caller.Value(key)
}
