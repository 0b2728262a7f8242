package history

import (
	"context"
	"math/rand/v2"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// worker is a goroutine of a history.
type worker struct {
	run    *run
	id     int
	random *rand.Rand
	cancel atomic.Pointer[context.CancelFunc] // cancels the operation under way; other workers call it

	number    int
	operation ctxcache.Operation
	log       [][]event // the events of each key, since the last check
	cancelled int       // cancelled operations, since the last check
	failed    int
	failure   error
}

func newWorker(r *run, id int) *worker {
	return &worker{
		run:    r,
		id:     id,
		random: rand.New(rand.NewPCG(r.opts.Seed, uint64(id)+1)),
		log:    make([][]event, r.opts.Keys),
	}
}

// work does n operations.
func (w *worker) work(n int) {
	for range n {
		act := w.choose()
		w.number++
		w.operation = act.operation
		w.run.pacer.turn(w.paced(), string(act.operation))
		w.cancelSomeone()
		ctx, end := w.begin()
		err := act.do(w, ctx)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			w.cancelled++
		default:
			w.failed++
			if w.failure == nil {
				w.failure = err
			}
		}
		end()
	}
}

func (w *worker) paced() paced { return paced{w.run.pacer, w.id, w.number} }

// choose picks an operation by its weight.
func (w *worker) choose() act {
	total := 0
	for _, act := range w.run.acts {
		total += act.weight
	}
	n := w.random.IntN(total)
	for _, act := range w.run.acts {
		if n -= act.weight; n < 0 {
			return act
		}
	}
	panic("history: weights do not add up")
}

// begin returns the context of an operation. A few contexts are done already, and others may cancel some more.
func (w *worker) begin() (ctx context.Context, end func()) {
	ctx = context.WithValue(w.run.ctx, pacedKey{}, w.paced())
	switch n := w.random.IntN(100); {
	case n < 1:
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, func() {}
	case n < 12:
		ctx, cancel := context.WithCancel(ctx)
		w.cancel.Store(&cancel)
		return ctx, func() {
			w.cancel.Store(nil)
			cancel()
		}
	default:
		return ctx, func() {}
	}
}

// cancelSomeone cancels the operation of another worker now and then.
func (w *worker) cancelSomeone() {
	other := w.run.workers[w.random.IntN(len(w.run.workers))]
	if cancel := other.cancel.Load(); cancel != nil {
		(*cancel)()
	}
}

// report adds the counts since the last check to r, and forgets them and the log.
func (w *worker) report(r *Report) {
	r.Cancelled += w.cancelled
	r.Failed += w.failed
	if r.Failure == nil {
		r.Failure = w.failure
	}
	for key := range w.log {
		w.log[key] = w.log[key][:0]
	}
	w.cancelled, w.failed, w.failure = 0, 0, nil
}
