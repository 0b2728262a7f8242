package cachetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// historyRun is a history under way.
type historyRun struct {
	ctx    context.Context
	cache  ctxcache.Cache[string, []byte]
	opts   HistoryOptions // with the defaults filled in
	source *historySource
	pacer  pacer
	load   Loader // with the cache in front of it; nil: there are no loads
	acts   []historyAct

	workers []*historyWorker
	keys    []*keyHistory
	report  HistoryReport

	mu      sync.Mutex
	sourced [][]historyEvent // the loads of each key, as they are on goroutines of nobody's; guarded by mu
	loads   atomic.Int64
}

func newHistoryRun(ctx context.Context, cache ctxcache.Cache[string, []byte], opts *HistoryOptions) *historyRun {
	r := &historyRun{ctx: ctx, cache: Interleaved(cache), opts: opts.filled()}
	r.report.Seed = r.opts.Seed
	r.source = newHistorySource(r.opts.Keys)
	r.pacer = &freePace{}
	if r.opts.Stepped {
		r.pacer = newStepper(rand.New(rand.NewPCG(r.opts.Seed, 0)))
	}
	ops := ctxcache.Supports(cache)
	switch {
	case !ops.Has(ctxcache.OpLease):
	case r.opts.Function != nil:
		r.load = r.opts.Function(r.cache, r.ask)
	default:
		r.load = leasedLoader(r.cache, r.ask)
	}
	r.acts = historyActs(ops, r.opts.Without)
	r.sourced = make([][]historyEvent, r.opts.Keys)
	for _, key := range r.source.keys {
		r.keys = append(r.keys, newKeyHistory(key, r.opts.Local))
	}
	for i := range r.opts.Goroutines {
		r.workers = append(r.workers, newHistoryWorker(r, i))
	}
	return r
}

func (o *HistoryOptions) filled() HistoryOptions {
	var filled HistoryOptions
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
		if seed, err := strconv.ParseUint(os.Getenv(HistorySeed), 10, 64); err == nil {
			filled.Seed = seed
		} else {
			filled.Seed = rand.Uint64()
		}
	}
	return filled
}

// segment does n operations, and checks them.
func (r *historyRun) segment(n int) {
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

func (r *historyRun) takeSourced() [][]historyEvent {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.sourced
	r.sourced = make([][]historyEvent, r.opts.Keys)
	return taken
}

// ask is the load: it reads the source, and others may change that before it comes back.
func (r *historyRun) ask(ctx context.Context, name string) ([]byte, error) {
	key, err := r.source.key(name)
	if err != nil {
		return nil, err
	}
	p, _ := ctx.Value(pacedKey{}).(paced) // of the operation that began the load
	at, version := r.pacer.now(), r.source.version(key)
	r.loads.Add(1)
	r.mu.Lock()
	r.sourced[key] = append(r.sourced[key], historyEvent{
		operation: "load", worker: p.worker, number: p.number, begin: at, end: at, version: version, outcome: sourced,
	})
	r.mu.Unlock()
	r.pacer.overtaken(p, func() bool { return r.source.version(key) != version })
	return r.source.value(key, version), ctx.Err()
}

// leasedLoader returns load with cache in front of it, by leases alone.
func leasedLoader(cache ctxcache.Cache[string, []byte], load Loader) Loader {
	return func(ctx context.Context, key string) (_ []byte, err error) {
		value, err := cache.Get(ctx, key)
		if err != ctxcache.ErrMiss {
			return value, err
		}
		e, l, err := ctxcache.GetLease(ctx, cache, key, 0)
		if err != ctxcache.ErrMiss {
			return e.Value, err
		}
		return fillFrom(ctx, load, key, l)
	}
}

// fillFrom loads key, stores the value by the lease, unless that is another's, and gives the lease back.
func fillFrom(ctx context.Context, load Loader, key string, l ctxcache.Lease[[]byte]) (value []byte, err error) {
	if l == nil {
		return load(ctx, key)
	}
	defer func() {
		if releaseErr := l.Release(context.WithoutCancel(ctx)); err == nil {
			err = releaseErr
		}
	}()
	if value, err = load(ctx, key); err != nil {
		return nil, err
	}
	err = l.Fill(ctx, ctxcache.Entry[[]byte]{Value: value, TTL: ctxcache.NoExpiry})
	if err != nil && err != ctxcache.ErrLeaseLost {
		return nil, fmt.Errorf("filling: %w", err)
	}
	return value, nil
}
