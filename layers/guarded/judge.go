package guarded

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// errNothing is the verdict on a call that proves nothing about the cache.
var errNothing = ctxcache.Discreet("the call proves nothing", nil)

// judge returns the verdict on a call: nil if the cache has answered, errNothing if the call proves nothing, or why it
// failed. Ratio is the fraction of keys that must have failed in a call for many.
func judge[K comparable](ctx context.Context, call ctxcache.Call[K], err error, ratio float64) error {
	if err == ctxcache.ErrUnreturned {
		if call.Op.Whole() { // the loop over the keys, or the match of the scope, is the caller's, and may have panicked
			return errNothing
		}
		return err
	}
	if _, some := errors.AsType[*ctxcache.ManyError[K]](err); some {
		return judgeMany(ctx, call, err, ratio)
	}
	return judgeOne(ctx, err)
}

// judgeMany judges a call for many keys that failed for some of them. The keys may be on several servers. If one server is
// down, the others should not be lost, too.
func judgeMany[K comparable](ctx context.Context, call ctxcache.Call[K], err error, ratio float64) error {
	failed, answered := 0, 0
	for key := range call.Keys() {
		switch judgeOne(ctx, ctxcache.KeyError(err, key)) {
		case nil:
			answered++
		case errNothing:
		default:
			failed++
		}
	}
	switch {
	case failed > 0 && float64(failed) >= ratio*float64(failed+answered):
		return err
	case answered > 0:
		return nil
	default:
		return errNothing
	}
}

var (
	// answers are errors that the cache answers with.
	answers = []error{
		ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, ctxcache.ErrRefused, ctxcache.ErrCorrupt,
	}
	// mistakes are errors that are often found before the store is asked: they are about the call, and not about the store.
	mistakes = []error{
		ctxcache.ErrTTL, ctxcache.ErrKey, ctxcache.ErrValue, ctxcache.ErrOptions, ctxcache.ErrClosed, ctxcache.ErrOverloaded,
		errors.ErrUnsupported, context.Canceled,
	}
)

// judgeOne judges the error of a call, or of one of its keys.
func judgeOne(ctx context.Context, err error) error {
	switch {
	case err == nil || isOneOf(err, answers):
		return nil
	case ctx.Err() != nil || isOneOf(err, mistakes): // the caller has left, or its time was too short
		return errNothing
	default:
		return err
	}
}

func isOneOf(err error, others []error) bool {
	for _, other := range others {
		if errors.Is(err, other) {
			return true
		}
	}
	return false
}
