package cachetest

import (
	"context"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// Call is one call of an operation.
type Call[K comparable] struct {
	Operation ctxcache.Operation
	Keys      []K // the keys of the call; nil if it is about a scope, or about everything
}

// Hook runs before and after every call. One of the functions may be nil. Both are called concurrently.
type Hook[K comparable] struct {
	// Before runs before a call. If it returns an error, the call returns that error. The call then does not reach the
	// cache, and After does not run.
	Before func(ctx context.Context, call Call[K]) error

	// After runs after a call that returned err. The caller gets the error that After returns, so a hook that changes
	// nothing returns err. After must not turn the failure of a read into nil. If the call panicked, err is
	// [ctxcache.ErrUnreturned].
	After func(ctx context.Context, call Call[K], err error) error
}

// Hooked returns a cache that runs hook around every operation of inner. It has the capabilities of inner. It panics if
// inner is nil, or if both functions of hook are nil.
//
// If After returns an error that does not wrap the error of the call, the caller does not get the results of the call.
// A lease that the call was granted is then released. In this way a hook can lose an answer, but it cannot break the
// contract.
func Hooked[K comparable, V any](inner ctxcache.Cache[K, V], hook Hook[K]) ctxcache.Cache[K, V] {
	if hook.Before == nil && hook.After == nil {
		panic("cachetest: a hook without a function")
	}
	return injected[K, V](inner, "hooked", hooking[K]{hook})
}

// injected returns a cache over inner whose calls pass through interceptor.
func injected[K comparable, V, S any](
	inner ctxcache.Cache[K, V], kind string, interceptor ctxcache.Interceptor[K, S],
) ctxcache.Cache[K, V] {
	observed := ctxcache.NewIntercepted(inner, ctxcache.Description{Kind: kind}, interceptor)
	return &observed
}

// hooking is the interceptor of a Hook.
type hooking[K comparable] struct{ hook Hook[K] }

func (h hooking[K]) Before(ctx context.Context, call ctxcache.Call[K]) (context.Context, struct{}, error) {
	if h.hook.Before == nil {
		return ctx, struct{}{}, nil
	}
	return ctx, struct{}{}, h.hook.Before(ctx, callOf(call))
}

func (h hooking[K]) After(ctx context.Context, call ctxcache.Call[K], _ struct{}, outcome ctxcache.Outcome) error {
	if h.hook.After == nil {
		return outcome.Err
	}
	return h.hook.After(ctx, callOf(call), outcome.Err)
}

// callOf returns call with a copy of its keys. Keys from a map come in any order.
func callOf[K comparable](call ctxcache.Call[K]) Call[K] {
	copied := Call[K]{Operation: call.Op}
	switch {
	case call.Op.Many():
		copied.Keys = slices.AppendSeq(make([]K, 0, call.Len()), call.Keys())
	case !call.Op.Whole():
		copied.Keys = []K{call.Key}
	}
	return copied
}
