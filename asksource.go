package cached

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/requestscope"
)

// ask calls the source. It returns the source's result, and the load as the loader has seen it.
func (l *loading[K, V]) ask(ctx context.Context) (value V, handle *Load[V], err error) {
	if l.batch != nil {
		return l.askTogether()
	}
	if !l.mayAsk() {
		return value, nil, errAbandoned
	}
	handle = newLoad[V]()
	if l.old != nil {
		handle.previous, handle.had = *l.old, true
	}
	loader, source, done := l.f.loader(ctx, &l.flight.load, handle, l.setSpan)
	defer done()
	l.asking = source
	l.flight.source.Store(&l.asking)
	l.f.counts.loads.Add(1)
	l.startAsking()
	returned := false
	defer l.panicked(&returned)
	value, err = l.source.load(loader, l.key)
	returned = true
	l.f.measure(l.began, err)
	return value, handle, err
}

// mayAsk reports whether the source is to be asked. If not, no caller waits for the result.
func (l *loading[K, V]) mayAsk() bool {
	if l.state.Load() != loadRuns || !l.f.flights.ask(l.key, l.flight, !l.f.opts.CancelUnwanted && !l.bypass) {
		return false
	}
	l.flight.holder.Store(l)
	return true
}

// startAsking records that the source is asked now.
func (l *loading[K, V]) startAsking() {
	l.startTimer()
	l.began = time.Now()
}

// loader returns the context that a loader gets, and the source context that joined calls are linked to. Node is the load
// that the loader runs for. KeepSpan gets the func that ends the load's span. The caller calls done in the end.
func (f *Function[K, V]) loader(
	ctx context.Context, node *load, handle *Load[V], keepSpan func(end func(error)),
) (loader, source context.Context, done func()) {
	loader, done = ctx, doNothing
	if f.opts.Tracer != nil {
		var end func(error)
		loader, end = f.opts.Tracer.Load(ctx)
		keepSpan(end)
	}
	source = loader
	if f.opts.Detach {
		loader, done = detach(ctx, loader)
	}
	if loadFrom(loader) != node { // Detach, or a Tracer with a context of its own, has removed it
		loader = withLoad(loader, node)
	}
	handle.ctx = valueContext{requestscope.Hide(ctxcache.WithoutDirectives(loader)), loadOfKey{}, handle}
	return &handle.ctx, source, done
}

// measure measures a load that has begun then, and has returned err.
func (f *Function[K, V]) measure(began time.Time, err error) {
	if err == nil || f.opts.isNotFound(err) {
		f.pace.measure(time.Since(began))
	}
}
