package cachetest

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// Call is one call of an operation.
type Call[K comparable] struct {
	Operation Operation
	Keys      []K // the keys it is about; nil where that is a scope, or everything
}

// A Hook runs around a call. It makes the call by next, which returns its error; its own error is then the answer of
// the call. A Hook that does not call next keeps the call from the cache. Hooks are called concurrently.
type Hook[K comparable] func(ctx context.Context, call Call[K], next func() error) error

// Hooked returns a cache that runs hook around every operation of inner, and around Fill and Release of its
// leases. It has the capabilities of inner. It panics if inner or hook is nil.
//
// If the error of the hook is not that of the call, wrapped or not, the call's results are dropped, and a lease
// that it was granted is released: a hook can lose an answer, but not break the contract by it.
func Hooked[K comparable, V any](inner ctxcache.Cache[K, V], hook Hook[K]) ctxcache.Cache[K, V] {
	return newHooked(inner, hook)
}

func newHooked[K comparable, V any](inner ctxcache.Cache[K, V], hook Hook[K]) hooked[K, V] {
	if hook == nil {
		panic("cachetest: a nil hook")
	}
	return hooked[K, V]{Forward: ctxcache.NewForward(inner), hook: hook}
}

type hooked[K comparable, V any] struct {
	ctxcache.Forward[K, V]
	hook Hook[K]
}

// around runs the hook around call, and reports whether the results of call, if there are any, stand.
func (h hooked[K, V]) around(
	ctx context.Context, operation Operation, keys []K, call func() error,
) (stand bool, err error) {
	var called bool
	var answer error
	err = h.hook(ctx, Call[K]{Operation: operation, Keys: keys}, func() error {
		called = true
		answer = call()
		return answer
	})
	return called && errors.Is(err, answer), err
}
