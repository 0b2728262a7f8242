package cachetest

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// Failing returns a cache over inner, and the faults that decide which of its calls fail. Without a fault, calls pass
// through to inner. It panics if inner is nil.
func Failing[K comparable, V any](inner ctxcache.Cache[K, V]) (c ctxcache.Cache[K, V], faults *Faults) {
	faults = &Faults{}
	return injected[K, V](inner, "failing", failing[K]{faults}), faults
}

// Faults are the faults of a [Failing] cache. All methods may be called concurrently, and at any time.
type Faults struct {
	mu       sync.RWMutex
	faults   []*fault
	injected atomic.Int64
}

type fault struct {
	aim *aim
	err error
}

// Fail makes the calls of target fail with err, from now on until Heal. The caller gets the error that a failing store
// would cause: a [*ctxcache.Error], or for several keys a [*ctxcache.ManyError] that names all of them. If several
// faults match a call, it fails with the fault that was injected first. A call for no keys does not fail.
func (f *Faults) Fail(err error, target Target) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, &fault{aim: target.aim(), err: err})
}

// Heal ends all faults.
func (f *Faults) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
}

// Injected returns how many calls have failed because of a fault.
func (f *Faults) Injected() int { return int(f.injected.Load()) }

// find returns the fault for a call, or nil.
func (f *Faults) find(operation ctxcache.Operation) *fault {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, fault := range f.faults {
		if fault.aim.hit(operation) {
			f.injected.Add(1)
			return fault
		}
	}
	return nil
}

// failing is the interceptor of a Failing cache. Its state is the fault that will replace the answer of the call, or
// nil.
type failing[K comparable] struct{ faults *Faults }

func (f failing[K]) Before(ctx context.Context, call ctxcache.Call[K]) (context.Context, *fault, error) {
	if call.Op.Many() && call.Len() == 0 {
		return ctx, nil, nil // it cannot fail, so it does not use up a fault
	}
	fault := f.faults.find(call.Op)
	if fault == nil || fault.aim.target.answers {
		return ctx, fault, nil
	}
	return ctx, nil, failure(call, fault)
}

func (f failing[K]) After(_ context.Context, call ctxcache.Call[K], fault *fault, outcome ctxcache.Outcome) error {
	if fault == nil {
		return outcome.Err
	}
	return failure(call, fault) // the caller must not learn how the call ended
}

// failure returns the error of a call that fault hits.
func failure[K comparable](call ctxcache.Call[K], fault *fault) error {
	err := ctxcache.Fail("failing", call.Op, fault.err)
	if call.Op.Many() {
		return ctxcache.FailEach(callOf(call).Keys, err)
	}
	return err
}
