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

// call is a call of a stack to far or to the source. It takes time to arrive, and so does the answer. If the caller
// leaves, the call goes on.
type call struct {
	client *client
	op     ctxcache.Operation
	key    string
	apply  func()
	undo   func() // undoes apply if nobody receives the answer; or nil

	done chan struct{} // closed when err and the result of apply are set
	err  error

	// Only the scheduler uses these fields.
	draw     draw
	applied  bool
	answered bool
	left     bool
}

// These are the operations on the source, which is never down.
const (
	loadOp  = ctxcache.OpLoad
	batchOp = ctxcache.Operation("load_in_a_batch")
)

func (c *call) isLoad() bool { return c.op == loadOp || c.op == batchOp }

// answer is a call with its result.
type answer[T any] struct {
	call  *call
	value T
	err   error
}

// send starts a call. The caller must wait for the answer, on every path.
func send[T any](c *client, op ctxcache.Operation, key string, do func(context.Context) (T, error), undo func(T)) *answer[T] {
	a := &answer[T]{call: &call{client: c, op: op, key: key, done: make(chan struct{})}}
	a.call.apply = func() { a.value, a.err = do(c.world.ctx) }
	if undo != nil {
		a.call.undo = func() { undo(a.value) }
	}
	c.world.handIn(func(in *inbox) { in.asked = append(in.asked, a.call) })
	return a
}

// wait waits for the answer, or until ctx is done. If ctx is done, it returns the error of ctx.
func (a *answer[T]) wait(ctx context.Context) (value T, err error) {
	select {
	case <-a.call.done:
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil { // even if the answer is there: if both are ready, select takes either
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

// ask sends a call and waits for the answer.
func ask[T any](ctx context.Context, c *client, op ctxcache.Operation, key string, do func(context.Context) (T, error), undo func(T)) (value T, err error) {
	if err := ctx.Err(); err != nil {
		return value, err
	}
	return send(c, op, key, do, undo).wait(ctx)
}

// admit starts a call's journey. Calls may be handed in at the same moment, and their order must not matter.
func (w *world) admit(c *call) {
	if c.client.dead {
		c.answer(errDead)
		return
	}
	about := string(c.op) + " " + c.key
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

// arrive runs when a call arrives. The call takes effect, or not. The caller will get the error that arrive returns.
func (w *world) arrive(c *call) error {
	if c.client.dead && c.draw.percent(50) {
		return errDead // the call was never sent
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
	case c.op == ctxcache.OpRelease || c.op == ctxcache.OpDrop: // nobody tries these again
		w.excuse(c.key)
	}
	return errOutage
}

func (c *call) take() {
	w := c.client.world
	w.note(c.client.name(), "asks: "+string(c.op), c.key, noNumber)
	c.apply()
	c.applied = true
	if c.op == ctxcache.OpGetLease && c.client.dead {
		w.excuse(c.key)
	}
}

// answer gives the caller its answer. Only the first answer counts.
func (c *call) answer(err error) {
	if c.answered {
		return
	}
	c.answered = true
	c.err = err
	c.client.health.heard(c, err)
	if c.op == loadOp {
		c.client.world.loaded(c)
	}
	delete(c.client.pending, c)
	close(c.done)
	if err != nil || c.left {
		c.takeBack()
	}
}

// leave runs when the caller has left.
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
		return // its leases are already excused
	}
	c.undo()
	c.undo = nil
}
