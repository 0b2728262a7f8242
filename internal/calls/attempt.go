package calls

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Attempt is a read on the goroutine of its caller. It costs less than a [Task], because no goroutine is switched. It is
// only for a client that ends a call at once when its connection gets a deadline in the past. An Attempt must end with one
// of Answered, Broken and Behind.
type Attempt struct {
	b        *Backend
	breaker  *breaker
	began    time.Time
	limit    time.Duration // of the caller's wait; NoExpiry is no limit
	timedOut bool
}

// Attempt begins a read by op at began, which is now. Keys is the number of keys, as in [Task]. It returns false if the
// call must be made as a Task: because it cannot succeed now, because it might have to wait for a slot, because the last
// calls had no answer in time, or because nothing could end it.
func (b *Backend) Attempt(ctx context.Context, op ctxcache.Operation, keys int, began time.Time) (Attempt, bool) {
	if b.Usable(ctx) != nil {
		return Attempt{}, false
	}
	a := Attempt{b: b, breaker: b.breakerOf(""), began: began, limit: remaining(ctx, b.limit(op, keys))}
	if a.limit == ctxcache.NoExpiry && ctx.Done() == nil || a.breaker.timeouts.Load() >= maxTimeouts {
		return Attempt{}, false
	}
	select {
	case b.slots <- struct{}{}:
		return a, true
	default:
		return Attempt{}, false
	}
}

// Deadline returns when the caller leaves at the latest. It returns false if there is no limit.
func (a *Attempt) Deadline() (time.Time, bool) {
	return a.began.Add(a.limit), a.limit != ctxcache.NoExpiry
}

// Answered ends an attempt that the server has answered in time.
func (a *Attempt) Answered() {
	a.breaker.answer()
	a.b.release()
}

// Broken ends an attempt whose connection broke. The call is to be made as a Task with the context that it returns: what
// is left of the limit counts for it.
func (a *Attempt) Broken(ctx context.Context) context.Context {
	a.b.release()
	return WaitSince(ctx, a.began)
}

// TimedOut records that the limit has passed without an answer. Behind or Broken must follow.
func (a *Attempt) TimedOut() {
	a.timedOut = true
	a.b.Counts.timeouts.Add(1)
	a.breaker.timeout()
}

// Behind ends an attempt whose caller leaves without the answer. On a goroutine of the backend, it waits for the answer as
// long as a Task does, and counts it as a Task does. Wait waits for the answer until a time. It may be called again if it
// returns [os.ErrDeadlineExceeded]. In the end Behind calls end, with nil if the answer came.
func (a *Attempt) Behind(ctx context.Context, wait func(until time.Time) error, end func(error)) {
	started := a.b.Go(context.WithoutCancel(ctx), func(context.Context) {
		defer a.b.release()
		err := a.wait(wait)
		if err == nil {
			a.breaker.answer()
		}
		end(err)
	})
	if !started {
		a.b.release()
		end(ctxcache.ErrClosed)
	}
}

func (a *Attempt) wait(wait func(until time.Time) error) error {
	limit, limited := a.Deadline()
	if !limited {
		return wait(time.Now().Add(patience))
	}
	if !a.timedOut {
		// The breaker must also learn of servers that hang if all callers have shorter deadlines.
		if err := wait(limit); err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		a.TimedOut()
	}
	err := wait(limit.Add(patience))
	if err == nil {
		a.b.Counts.answeredLate(time.Since(a.began))
	}
	return err
}
