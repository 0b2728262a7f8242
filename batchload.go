package cached

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// askTogether is ask for a load of a batch.
func (l *loading[K, V]) askTogether() (value V, handle *Load[V], err error) {
	if l.shares(stepLoad) {
		defer context.AfterFunc(l.ctx, l.giveUpEarly)()
		l.together(stepLoad, l.batch.ask)
	} else {
		l.batch.ask([]*loading[K, V]{l})
	}
	s := &l.shared
	switch {
	case s.panicked != nil:
		panic(s.panicked)
	case s.exited:
		runtime.Goexit()
	}
	return s.value, s.handle, s.err
}

// ask asks the source for loads in one call, and gives its result to each of them. It does not panic.
func (b *batch[K, V]) ask(loads []*loading[K, V]) {
	defer func() {
		if r := recover(); r != nil { // a hook has panicked
			spread(loads, func(s *shared[V]) { s.panicked = r })
		}
	}()
	ctx, _ := unionOf(loads) // it ends with the loads, soon after the loader
	node, finished := new(load), new(once)
	defer node.end() // if it has not begun
	for _, l := range loads {
		l.shared.failed = finished
	}
	defer waitTogether(loads, node)()
	if err := b.takeSlot(ctx, node, loads); err != nil {
		for _, l := range loads {
			l.shared.err = err
		}
		return
	}
	wanted := loads[:0:0]
	for _, l := range loads {
		if l.mayAsk() {
			wanted = append(wanted, l)
		} else {
			l.shared.err = errAbandoned
		}
	}
	if len(wanted) > 0 {
		b.call(ctx, node, wanted)
	}
}

// call calls the loader for wanted.
func (b *batch[K, V]) call(ctx context.Context, node *load, wanted []*loading[K, V]) {
	f, keys := b.f, make([]K, len(wanted))
	handle, span := newLoad[V](), new(sharedSpan)
	loader, source, done := f.loader(ctx, node, handle, func(end func(error)) { span.finish = end })
	defer done()
	span.loads.Store(int64(len(wanted)))
	f.counts.loads.Add(1)
	for i, l := range wanted {
		keys[i] = l.key
		l.flight.source.Store(&source)
		l.shared.handle = handle
		if i > 0 {
			l.shared.follow()
		}
		l.setSpan(span.leave)
		l.startAsking()
	}
	// If all loads were ended from outside, the slot is lent out again, although the loader still runs.
	defer context.AfterFunc(ctx, func() {
		if !slices.ContainsFunc(wanted, func(l *loading[K, V]) bool { return !l.aborted() }) {
			node.end()
		}
	})()
	since := f.invalidations.Load()
	found, ended, err := b.run(loader, keys)
	defer func() {
		if len(wanted) == 1 && f.opts.isNotFound(err) {
			err = f.opts.both(err) // as take does
		}
		span.end(err)
	}()
	if ended != nil {
		spread(wanted, ended)
		allFailed(wanted, cmp.Or(err, ErrGoexit))
		err = ctxcache.ErrUnreturned
		return
	}
	node.end()
	f.measure(wanted[0].began, err)
	b.deliver(ctx, wanted, found, err)
	if !wanted[0].bypass { // a batch either bypasses the cache or does not
		f.storeExtraBehind(ctx, f.extraOf(wanted, found, err, handle, wanted[0].began), since)
	}
}

// sharedSpan is the span of a batch's load. It ends once: when the loader has returned, or before that, when all loads of the
// batch have been ended from outside.
type sharedSpan struct {
	finish func(error)  // of the Tracer; may be nil
	loads  atomic.Int64 // that have not been ended
	ended  once
}

func (s *sharedSpan) end(err error) {
	if s.finish != nil && s.ended.first() {
		s.finish(err)
	}
}

// leave notes that err has ended a load.
func (s *sharedSpan) leave(err error) {
	if s.loads.Add(-1) == 0 {
		s.end(err)
	}
}

// run calls the loader on a goroutine of its own, because it may end that. If the loader panics or calls runtime.Goexit, run
// returns a func that marks each load accordingly, and the error of a panic.
func (b *batch[K, V]) run(loader context.Context, keys []K) (found map[K]V, ended func(*shared[V]), err error) {
	done := make(chan struct{})
	go runLoad(func() {
		defer close(done)
		ended = func(s *shared[V]) { s.exited = true } // replaced when the loader returns or panics
		defer func() {
			if r := recover(); r != nil {
				p := newPanicError(r)
				err, ended = p, func(s *shared[V]) { s.panicked = batchPanicError{p} }
			}
		}()
		found, err = b.f.loadMany(loader, keys)
		ended = nil
	})
	<-done
	return found, ended, err
}

// allFailed records that a load of all these keys has failed: it counts once, and each key cools down.
func allFailed[K comparable, V any](loads []*loading[K, V], err error) {
	for _, l := range loads {
		l.hasPanicked(err)
	}
}

// spread does something to what each load gets.
func spread[K comparable, V any](loads []*loading[K, V], do func(*shared[V])) {
	for _, l := range loads {
		do(&l.shared)
	}
}

// deliver gives each load its part of the loader's result.
func (b *batch[K, V]) deliver(ctx context.Context, loads []*loading[K, V], found map[K]V, err error) {
	errs := errorsOf[K](err)
	for _, l := range loads {
		s := &l.shared
		value, ok := found[l.key]
		s.value = value
		failed, named := errs.each[l.key]
		switch {
		case named:
			s.err = failed
		case errs.rest == nil && ok:
			s.err = nil
		case err == nil && ctx.Err() == nil:
			s.err = ctxcache.ErrNotFound
		case err == nil:
			s.err = context.Cause(ctx)
		default: // if err is about other keys alone, that is why this one was omitted
			s.err = cmp.Or(errs.rest, err)
			if (errs.each != nil || len(loads) > 1) && b.f.opts.isNotFound(s.err) {
				s.err = &batchError{s.err} // that all is not found cannot be told from a part that is missing
			}
		}
	}
}

// batchError is the error of a loader that returned one of "not found" for several keys, or for others than it was asked
// for. That does not say which of them is not found.
type batchError struct{ err error }

func (e *batchError) Error() string { return "a load of many keys failed: " + e.err.Error() }
func (e *batchError) Unwrap() error { return e.err }

// batchPanicError is the panic of a loader, as each load of its batch repeats it.
type batchPanicError struct{ *PanicError }
