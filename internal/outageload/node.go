//go:build unix

package main

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/guarded"
	"github.com/ctxcache/cached/layers/twolevel"
)

// maxLoads bounds the loads of a node that run at a time.
const maxLoads = 16

// node is a process with a cached function over two levels. Far is a Redis behind a circuit breaker.
type node struct {
	far      *rediscache.Cache
	cache    *twolevel.Cache[string, []byte]
	function *cached.Function[string, []byte]
	probes   probes

	running, most atomic.Int64 // loads that run at a time
}

// newNode returns a node over the Redis at addr. It loads from src.
func newNode(addr string, src *source, circuit guarded.Options, levels twolevel.Options) (*node, error) {
	far, err := rediscache.Open("redis://"+addr, &rediscache.Options{Prefix: "load:"})
	if err != nil {
		return nil, err
	}
	n := &node{far: far, probes: probes{openFor: circuit.OpenFor}}
	counted := &countedFar{ctxcache.NewIntercepted(
		ctxcache.Cache[string, []byte](far), ctxcache.Description{Kind: "counted"}, ctxcache.Interceptor[string, bool](&n.probes),
	)}
	circuit.OnState = n.probes.changed
	near := memory.New[string, []byte](nil)
	n.cache = twolevel.New(near, guarded.New(ctxcache.Cache[string, []byte](counted), &circuit), &levels)
	n.function = cached.Func(n.cache, func(ctx context.Context, key string) ([]byte, error) {
		n.most.Store(max(n.most.Load(), n.running.Add(1))) // a lost update is repaired by the next load
		defer n.running.Add(-1)
		return src.load(ctx, key)
	}, &cached.Options{TTL: time.Hour, MaxLoads: maxLoads})
	return n, nil
}

// countedFar hands every call to the probes.
type countedFar struct {
	ctxcache.Observed[string, []byte, bool]
}

// missed returns how many keys far has missed a change of, or -1 if nobody knows.
func (n *node) missed(ctx context.Context) (int64, error) {
	stats, err := n.cache.Stats(ctx)
	return stats.Missed, err
}

func (n *node) close(ctx context.Context) error {
	return errors.Join(n.function.Close(ctx), n.cache.Close(), n.far.Close())
}

// probes counts the calls that reach far while the circuit is not closed. They are probes.
type probes struct {
	openFor time.Duration

	mu       sync.Mutex
	since    time.Time // when the circuit has opened, or again opened; zero while it is closed
	answered bool      // far has answered a probe since then, so the circuit is closed or about to be
	running  int       // probes

	opened, failed, closed int // how often the circuit opened, a probe failed, and the circuit closed
	tooMany                int // how often a probe began while another one ran
}

// changed is the OnState of the circuit.
func (p *probes) changed(_ context.Context, from, to guarded.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch to {
	case guarded.Open:
		p.since, p.answered = time.Now(), false
		if from == guarded.Closed {
			p.opened++
		} else {
			p.failed++
		}
	case guarded.Closed:
		p.since = time.Time{}
		p.closed++
	}
}

// Before notes a call that reaches far. It returns whether the call is a probe. A call that begins shortly after the
// circuit has opened was let through before that.
func (p *probes) Before(ctx context.Context, _ ctxcache.Call[string]) (context.Context, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	probe := !p.since.IsZero() && !p.answered && time.Since(p.since) > p.openFor/2
	if probe {
		if p.running++; p.running > 1 {
			p.tooMany++
		}
	}
	return ctx, probe, nil
}

// After notes the end of a call.
func (p *probes) After(_ context.Context, _ ctxcache.Call[string], probe bool, outcome ctxcache.Outcome) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if probe {
		p.running--
		p.answered = p.answered || outcome.Err == nil || outcome.Err == ctxcache.ErrMiss
	}
	return outcome.Err
}

// take returns the counts, and begins new ones.
func (p *probes) take() (opened, failed, closed, tooMany int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	opened, failed, closed, tooMany = p.opened, p.failed, p.closed, p.tooMany
	p.opened, p.failed, p.closed, p.tooMany = 0, 0, 0, 0
	return opened, failed, closed, tooMany
}

// version returns the version that a value stands for.
func version(value []byte) (int64, error) { return strconv.ParseInt(string(value), 10, 64) }
