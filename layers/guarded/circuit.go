package guarded

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// circuit is a circuit breaker: gobreaker, with our rules of what may pass, and with changes reported outside of locks.
type circuit struct {
	onState func(ctx context.Context, from, to State) // or nil
	openFor time.Duration

	mu      sync.Mutex // guards what follows, and is held during every call of breaker
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	epoch   uint64 // the number of changes of the state
	changes []change
	probe   *probe // the one that runs, or nil

	unreported atomic.Bool // whether there may be changes, so that most calls need no lock to find out
	reporting  bool        // whether a call reports changes now
}

// change is a change of the state that has not been reported.
type change struct{ from, to State }

// buckets is how many parts the window has. The window moves on by one part at a time.
const buckets = 10

func newCircuit(o Options) *circuit {
	c := &circuit{onState: o.OnState, openFor: o.OpenFor}
	c.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:   1, // one probe at a time, and the first one that is answered closes the circuit
		Interval:      o.Window,
		BucketPeriod:  max(o.Window/buckets, time.Nanosecond),
		Timeout:       o.OpenFor,
		OnStateChange: c.changed,
		IsExcluded:    func(err error) bool { return err == errNothing },
		ReadyToTrip: func(counts gobreaker.Counts) bool {
			failed, all := float64(counts.TotalFailures), float64(counts.TotalFailures)+float64(counts.TotalSuccesses)
			return all >= float64(o.MinCalls) && failed >= o.FailureRatio*all
		},
	})
	return c
}

// changed is called by breaker, so the caller holds the lock.
func (c *circuit) changed(_ string, from, to gobreaker.State) {
	c.epoch++
	if c.onState != nil {
		c.changes = append(c.changes, change{State(from), State(to)})
		c.unreported.Store(true)
	}
}

// ticket is the permission to make a call. The zero ticket is for a call that does not count.
type ticket struct {
	counts bool
	epoch  uint64 // when the call began, if the circuit was closed
	probe  *probe // if the call is one
}

// probe is a call that is made while the circuit is half-open.
type probe struct {
	began time.Time
	done  func(verdict error)
}

// enter returns a ticket if a call may be made now. A call that may be a probe is made if the circuit is half-open and no
// other probe runs. A probe that takes longer than OpenFor says nothing any more: it may never return.
func (c *circuit) enter(mayProbe bool) (t ticket, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch State(c.breaker.State()) {
	case Closed:
		return ticket{counts: true, epoch: c.epoch}, true
	case HalfOpen:
		if !mayProbe {
			return ticket{}, false
		}
		if c.probe != nil && time.Since(c.probe.began) > c.openFor {
			c.endProbe(errNothing)
		}
		if done, err := c.breaker.Allow(); err == nil { // the error only says that another probe runs
			c.probe = &probe{time.Now(), done}
			return ticket{counts: true, probe: c.probe}, true
		}
	}
	return ticket{}, false
}

// endProbe ends the probe that runs, with its verdict.
func (c *circuit) endProbe(verdict error) {
	ended := c.probe
	c.probe = nil
	ended.done(verdict)
}

// leave counts the verdict on the call that t is for, which has ended.
func (c *circuit) leave(t ticket, verdict error) {
	if !t.counts {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case t.probe != nil:
		if t.probe == c.probe { // else another call has become the probe
			c.endProbe(verdict)
		}
	case t.epoch == c.epoch: // else the call is from before a change of the state, and says nothing about the cache now
		// The call counts from its end. Breaker would count it from its beginning, and would never open over a cache that
		// takes longer than the window to fail.
		if done, err := c.breaker.Allow(); err == nil { // the circuit is closed, so there is no error
			done(verdict)
		}
	}
}

// state returns the state now.
func (c *circuit) state() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return State(c.breaker.State())
}

// report calls onState for the changes that have not been reported, unless another call does so now. The other call then
// reports these, too.
func (c *circuit) report(ctx context.Context) {
	for c.unreported.Load() {
		next, ok := c.nextChange()
		if !ok {
			return
		}
		c.reportOne(ctx, next)
	}
}

func (c *circuit) nextChange() (next change, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reporting || len(c.changes) == 0 {
		return change{}, false
	}
	next = c.changes[0]
	c.changes = c.changes[1:]
	c.unreported.Store(len(c.changes) > 0)
	c.reporting = true
	return next, true
}

func (c *circuit) reportOne(ctx context.Context, next change) {
	defer func() { // even if onState panics
		c.mu.Lock()
		defer c.mu.Unlock()
		c.reporting = false
	}()
	c.onState(ctx, next.from, next.to)
}
