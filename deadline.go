package cached

import (
	"context"
	"sync"
	"time"
)

// deadline is a context that ends at a time. It does what a context of context.WithDeadline does. But it starts a timer
// only when somebody waits for its end. A cache in memory does not wait: it only asks whether the context has ended.
type deadline struct {
	context.Context // never ends
	at              time.Time

	mu     sync.Mutex
	err    error           // set by cancel
	timed  context.Context // has the timer; nil before somebody waits
	cancel context.CancelFunc
}

// withTimeout returns a context that ends after limit. Ctx never ends. Call end when it is not needed any more.
func withTimeout(ctx context.Context, limit time.Duration) *deadline {
	return &deadline{Context: ctx, at: time.Now().Add(limit)}
}

// Deadline returns when d ends.
func (d *deadline) Deadline() (time.Time, bool) { return d.at, true }

// Done returns a channel that is closed when d has ended.
func (d *deadline) Done() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timed == nil {
		d.timed, d.cancel = context.WithDeadline(d.Context, d.at)
		if d.err != nil {
			d.cancel()
		}
	}
	return d.timed.Done()
}

// Err returns why d has ended.
func (d *deadline) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.err != nil:
		return d.err
	case d.timed != nil:
		return d.timed.Err()
	case time.Until(d.at) > 0:
		return nil
	default:
		return context.DeadlineExceeded
	}
}

// Value returns the value of key. If d has a timer, package context finds it in this way.
func (d *deadline) Value(key any) any {
	d.mu.Lock()
	ctx := d.timed
	d.mu.Unlock()
	if ctx == nil {
		ctx = d.Context
	}
	return ctx.Value(key)
}

// end ends d, unless its time is over.
func (d *deadline) end() {
	err := d.Err()
	if err == nil {
		err = context.Canceled
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err = err; d.cancel != nil {
		d.cancel()
	}
}
