package cached

import "context"

// hasFailed counts a load that has failed with err, and calls OnLoadError. The key cools down. A batch whose loader has
// failed counts once, but each of its keys cools down.
func (l *loading[K, V]) hasFailed(err error) {
	f := l.f
	if cools(err) && !l.bypass {
		// Otherwise a Set, Delete or Clear has ended the cooldown, or a newer load decides about it.
		f.flights.ifCurrent(l.key, l.flight, func() { f.cooldowns.failed(l.key, err) })
	}
	if once := l.shared.failed; once != nil && !once.first() {
		return
	}
	f.counts.loadErrors.Add(1)
	if f.opts.OnLoadError != nil {
		f.opts.OnLoadError(l.ctx, err)
	}
}

// hasPanicked is hasFailed for a loader that has panicked, or called runtime.Goexit. If the load was ended from outside before
// that, it has failed then, and this is only a late answer.
func (l *loading[K, V]) hasPanicked(err error) {
	if l.state.Load() == loadRuns {
		l.hasFailed(err)
	} else {
		l.discardLate(l.ctx, err)
	}
}

// broke ends a load that has panicked, or called runtime.Goexit, and gives its lease back behind the callers. They get err.
func (l *loading[K, V]) broke(ctx context.Context, err error) {
	l.f.flights.seal(l.key, l.flight)
	l.result = loaded[V]{}
	l.giveBack(ctx, err)
}

// panicked is deferred around the loader. If the loader panics or calls runtime.Goexit, the load has failed.
func (l *loading[K, V]) panicked(returned *bool) {
	if *returned {
		return
	}
	if r := recover(); r != nil {
		l.hasPanicked(newPanicError(r))
		panic(r) // the flight gives it to the callers
	}
	l.hasPanicked(ErrGoexit)
}
