package cachetest

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// Failing returns a cache over inner whose calls fail when faults says so.
func Failing[K comparable, V any](inner ctxcache.Cache[K, V]) (c ctxcache.Cache[K, V], faults *Faults) {
	faults = &Faults{}
	return Hooked(inner, func(_ context.Context, call Call[K], next func() error) error {
		return failCall(faults, call, next)
	}), faults
}

// Faults are the faults of a Failing cache. Its methods may be called concurrently, and at any time.
type Faults struct {
	mu       sync.RWMutex
	faults   []*fault
	injected atomic.Int64
}

type fault struct {
	aim *aim
	err error
}

// Fail makes the calls of target fail with err, from now on, until Heal. The caller gets it as what a failure is: a
// [*ctxcache.Error], or, for several keys, a [*ctxcache.ManyError] that names them all. Of several faults that
// are for the same call, the first injected is taken.
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

// Injected returns how many calls have failed on purpose.
func (f *Faults) Injected() int { return int(f.injected.Load()) }

// find returns the fault for a call, or nil.
func (f *Faults) find(operation Operation) *fault {
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

// failCall makes the call, or fails it.
func failCall[K comparable](f *Faults, call Call[K], next func() error) error {
	fault := f.find(call.Operation)
	if fault == nil {
		return next()
	}
	err := ctxcache.Fail("failing", string(call.Operation), fault.err)
	switch call.Operation {
	case GetEntries, SetEntries, DeleteMany, GetLeases:
		err = ctxcache.FailEach(call.Keys, err)
	}
	if fault.aim.target.answers {
		_ = next() // nobody is to learn how it went
	}
	return err
}
