package sim_test

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

var (
	errOutage = errors.New("far is down")
	errDead   = errors.New("the process has ended")
)

// call is something that a stack asks of far, or of the source. It takes time to arrive, and so does the answer. A
// caller who leaves does not stop it.
type call struct {
	client  *client
	op, key string
	apply   func()
	undo    func() // takes back what was applied, should nobody receive it; or nil

	done chan struct{} // closed when err is there, and what apply has brought
	err  error

	// The scheduler's.
	draw     draw
	applied  bool
	answered bool
	left     bool
}

// The operations of asking the source, which is never down.
const (
	loadOp  = "load"
	batchOp = "load in a batch"
)

func (c *call) isLoad() bool { return c.op == loadOp || c.op == batchOp }

// answer is a call with what it brings.
type answer[T any] struct {
	call  *call
	value T
	err   error
}

// send begins a call. The caller waits for the answer, on every path.
func send[T any](c *client, op, key string, do func(context.Context) (T, error), undo func(T)) *answer[T] {
	a := &answer[T]{call: &call{client: c, op: op, key: key, done: make(chan struct{})}}
	a.call.apply = func() { a.value, a.err = do(c.world.ctx) }
	if undo != nil {
		a.call.undo = func() { undo(a.value) }
	}
	c.world.handIn(func(in *inbox) { in.asked = append(in.asked, a.call) })
	return a
}

// wait waits for the answer, unless ctx is done, or is done before.
func (a *answer[T]) wait(ctx context.Context) (value T, err error) {
	select {
	case <-a.call.done:
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil { // whatever there may be by now: of two that are ready, select takes any
		a.leave()
		return value, err
	}
	if a.call.err != nil {
		return value, ctxcache.Fail("far", a.call.op, a.call.err)
	}
	return a.value, a.err
}

func (a *answer[T]) leave() {
	a.call.client.world.handIn(func(in *inbox) { in.left = append(in.left, a.call) })
}

// ask is send and wait.
func ask[T any](ctx context.Context, c *client, op, key string, do func(context.Context) (T, error), undo func(T)) (value T, err error) {
	if err := ctx.Err(); err != nil {
		return value, err
	}
	return send(c, op, key, do, undo).wait(ctx)
}

// admit sends a call on its way. Of several that were handed in at the same moment, the order must not matter.
func (w *world) admit(c *call) {
	if c.client.dead {
		c.answer(errDead)
		return
	}
	about := c.op + " " + c.key
	c.draw = w.dice.about(about, c.client.node, c.client.life, c.client.asked[about])
	c.client.asked[about]++
	c.client.pending[c] = true
	there, back := c.draw.leg(), c.draw.leg()
	if c.op == loadOp {
		w.loading(c)
	}
	if c.isLoad() {
		there, back = c.draw.upTo(maxLoad/2), c.draw.upTo(maxLoad/2)
	}
	w.owe(there, func() {
		err := w.arrive(c)
		w.owe(back, func() {
			if err == nil && !c.isLoad() && w.isDown() && c.draw.percent(50) {
				err = errOutage // the answer is lost
			}
			c.answer(err)
		})
	})
}

// arrive is when a call takes effect, if it does. The error is what the caller will get.
func (w *world) arrive(c *call) error {
	if c.client.dead && c.draw.percent(50) {
		return errDead // it was never sent
	}
	if c.isLoad() || !w.isDown() {
		c.take()
		return nil
	}
	switch fate := c.draw.IntN(100); {
	case fate < 20:
		c.take()
	case fate < 40:
		w.owe(c.draw.upTo(maxLate), func() {
			c.take()
			if c.answered {
				c.takeBack()
			}
		})
	case c.op == "release": // which nobody tries again
		w.excuse(c.key)
	}
	return errOutage
}

func (c *call) take() {
	w := c.client.world
	w.note(c.client.name(), "asks: "+c.op, c.key, noNumber)
	c.apply()
	c.applied = true
	if c.op == "lease" && c.client.dead {
		w.excuse(c.key)
	}
}

// answer tells the caller. It may be told only once.
func (c *call) answer(err error) {
	if c.answered {
		return
	}
	c.answered = true
	c.err = err
	if c.op == loadOp {
		c.client.world.loaded(c)
	}
	delete(c.client.pending, c)
	close(c.done)
	if err != nil || c.left {
		c.takeBack()
	}
}

// leave is when the caller has left.
func (c *call) leave() {
	c.left = true
	if c.op == loadOp && !c.answered {
		c.client.world.loaded(c)
		c.client.world.loads.left(c.key)
	}
	if c.answered {
		c.takeBack()
	}
}

func (c *call) takeBack() {
	if !c.applied || c.undo == nil {
		return
	}
	if c.client.dead {
		return // its leases have been excused
	}
	c.undo()
	c.undo = nil
}
