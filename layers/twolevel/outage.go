package twolevel

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// farFailed calls OnFarError for the outages in err, far's error of a read, and returns the error that the caller gets.
func (c *Cache[K, V]) farFailed(ctx context.Context, err error) error {
	outage, rest := c.outage(ctx, err)
	if outage != nil && c.opts.OnFarError != nil {
		c.opts.OnFarError(ctx, outage)
	}
	if c.opts.Resilient {
		return rest
	}
	return err
}

// farMissed is farFailed for a write, a deletion or a Fill. With Strict, the caller gets the outages, too. A closed
// cache has no replay, and closeMissed may have counted the list before. So its callers get them, too.
func (c *Cache[K, V]) farMissed(ctx context.Context, err error) error {
	if visible := c.farFailed(ctx, err); !c.opts.Strict && !c.closed.Load() {
		return visible
	}
	return err
}

// missedBy returns the part of err, an error of far, that Resilient handles, or nil. Callers do not get it, unless it is
// of a write and Strict is set.
func (c *Cache[K, V]) missedBy(ctx context.Context, err error) error {
	if !c.opts.Resilient {
		return nil
	}
	outage, _ := c.outage(ctx, err)
	return outage
}

// outage splits an error of far into the outages and the rest. The error of a call for many keys may have both. If ctx
// is done, the error does not count as an outage.
func (c *Cache[K, V]) outage(ctx context.Context, err error) (outage, rest error) {
	if err == nil || ctx.Err() != nil {
		return nil, err
	}
	return split[K](err)
}

// split is outage for an error of a call whose context is not done. Errors that are joined with a ManyError are split one
// by one: each is about other keys.
func split[K comparable](err error) (outage, rest error) {
	if many, ok := err.(*ctxcache.ManyError[K]); ok {
		outages, others := make(map[K]error), make(map[K]error)
		for key, err := range many.Failed {
			if isOutage(err) {
				outages[key] = err
			} else {
				others[key] = err
			}
		}
		return ctxcache.NewManyError(outages), ctxcache.NewManyError(others)
	}
	if failedSome[K](err) {
		switch err := err.(type) {
		case interface{ Unwrap() error }:
			return split[K](err.Unwrap())
		case interface{ Unwrap() []error }:
			for _, part := range err.Unwrap() {
				partly, others := split[K](part)
				outage, rest = joined(outage, partly), joined(rest, others)
			}
			return outage, rest
		}
	}
	if isOutage(err) {
		return err, nil
	}
	return nil, err
}

// isOutage reports whether err means that a cache could not do its work. Answers, such as ErrMiss, and mistakes of the
// caller, such as ErrKey, are not outages. A value that far cannot store (ErrValue) is an answer, too: the next try would
// fail again. So is a refusal that leaves the old value readable (ErrRefused): to hide it would be a lie.
func isOutage(err error) bool {
	for _, other := range []error{
		ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported,
		ctxcache.ErrTTL, ctxcache.ErrKey, ctxcache.ErrValue, ctxcache.ErrRefused, ctxcache.ErrCorrupt,
		ctxcache.ErrClosed, ctxcache.ErrOptions,
		context.Canceled,
	} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}
