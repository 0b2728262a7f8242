package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// run is a history under way.
type run struct {
	ctx    context.Context
	cache  ctxcache.Cache[string, []byte]
	opts   Options // with the defaults filled in
	source *source
	pacer  pacer
	load   Loader // a loader with the cache in front of it; nil: there are no loads
	acts   []act

	function Function // of Options.Functions, or nil

	workers []*worker
	keys    []*keyHistory
	report  Report

	mu      sync.Mutex
	sourced [][]event // the loads of each key, which may run on any goroutine; guarded by mu
	loads   atomic.Int64
}

func newRun(ctx context.Context, cache ctxcache.Cache[string, []byte], opts *Options) *run {
	r := &run{ctx: ctx, cache: Interleaved(cache), opts: opts.filled()}
	r.report.Seed = r.opts.Seed
	r.source = newSource(r.opts.Keys)
	r.pacer = &freePace{}
	if r.opts.Stepped {
		r.pacer = newStepper(rand.New(rand.NewPCG(r.opts.Seed, 0)))
	}
	caps := ctxcache.Supports(cache)
	switch {
	case r.opts.Functions != nil:
		r.function = r.opts.Functions(r.cache, r.askMany)
		r.load = r.function.Get
	case !caps.Has(ctxcache.CapLease):
	case r.opts.Function != nil:
		r.load = r.opts.Function(r.cache, r.ask)
	default:
		r.load = leasedLoader(r.cache, r.ask)
	}
	r.acts = actsOf(caps, r.function != nil, r.opts.Without)
	r.sourced = make([][]event, r.opts.Keys)
	for _, key := range r.source.keys {
		r.keys = append(r.keys, newKeyHistory(key, r.opts.Local))
	}
	for i := range r.opts.Goroutines {
		r.workers = append(r.workers, newWorker(r, i))
	}
	return r
}

func (o *Options) filled() Options {
	var filled Options
	if o != nil {
		filled = *o
	}
	for _, number := range []struct {
		given     *int
		byDefault int
	}{{&filled.Operations, 20_000}, {&filled.Goroutines, 16}, {&filled.Keys, 8}} {
		if *number.given <= 0 {
			*number.given = number.byDefault
		}
	}
	if filled.Seed == 0 {
		if seed, err := strconv.ParseUint(os.Getenv(SeedEnv), 10, 64); err == nil {
			filled.Seed = seed
		} else {
			filled.Seed = rand.Uint64()
		}
	}
	return filled
}

// segment does n operations, and checks them.
func (r *run) segment(n int) {
	running := make([]func(), len(r.workers))
	for i, w := range r.workers {
		share := n / len(r.workers)
		if i < n%len(r.workers) {
			share++
		}
		running[i] = func() { w.work(share) }
	}
	r.pacer.run(running)
	r.report.Operations += n

	events := r.takeSourced()
	r.report.Loads = int(r.loads.Load())
	for _, w := range r.workers {
		for key := range events {
			events[key] = append(events[key], w.log[key]...)
		}
		w.report(&r.report)
	}
	for key, history := range r.keys {
		for _, e := range events[key] {
			switch e.outcome {
			case found:
				r.report.Hits++
			case missed:
				r.report.Misses++
			}
		}
		r.report.add(history.check(events[key]))
	}
}

func (r *run) takeSourced() [][]event {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.sourced
	r.sourced = make([][]event, r.opts.Keys)
	return taken
}

// ask is the load. It reads the source, which others may change before ask returns.
func (r *run) ask(ctx context.Context, name string) ([]byte, error) {
	key, err := r.source.key(name)
	if err != nil {
		return nil, err
	}
	p, _ := ctx.Value(pacedKey{}).(paced) // the operation that began the load
	at, version := r.pacer.now(), r.source.version(key)
	r.loads.Add(1)
	r.mu.Lock()
	r.sourced[key] = append(r.sourced[key], event{
		operation: ctxcache.OpLoad, worker: p.worker, number: p.number, begin: at, end: at, version: version, outcome: sourced,
	})
	r.mu.Unlock()
	r.pacer.overtaken(p, func() bool { return r.source.version(key) != version })
	return r.source.value(key, version), ctx.Err()
}

// leasedLoader returns load with cache in front of it. It uses only leases.
func leasedLoader(cache ctxcache.Cache[string, []byte], load Loader) Loader {
	return func(ctx context.Context, key string) (_ []byte, err error) {
		value, err := cache.Get(ctx, key)
		if err != ctxcache.ErrMiss {
			return value, err
		}
		e, lease, err := ctxcache.GetLease(ctx, cache, key, 0)
		if err != ctxcache.ErrMiss {
			return e.Value, err
		}
		return fillFrom(ctx, cache, load, key, lease)
	}
}

// fillFrom loads key. If lease was granted, it stores the value by the lease. It gives the lease back if it cannot
// store a value.
func fillFrom(
	ctx context.Context, cache ctxcache.Cache[string, []byte], load Loader, key string, lease ctxcache.Lease,
) (value []byte, err error) {
	if value, err = load(ctx, key); !lease.Granted() {
		return value, err
	}
	if err != nil {
		return nil, errors.Join(err, release(ctx, cache, key, lease))
	}
	switch err = ctxcache.Fill(ctx, cache, key, lease, ctxcache.NewEntry(value, ctxcache.NoExpiry)); err {
	case nil, ctxcache.ErrLeaseLost:
		return value, nil
	default:
		return nil, errors.Join(fmt.Errorf("filling: %w", err), release(ctx, cache, key, lease))
	}
}

// release gives a lease back, even if ctx is done. It is not an error if the lease was lost.
func release(ctx context.Context, cache ctxcache.Cache[string, []byte], key string, lease ctxcache.Lease) error {
	err := ctxcache.Release(context.WithoutCancel(ctx), cache, key, lease)
	if err == ctxcache.ErrLeaseLost {
		return nil
	}
	return err
}
