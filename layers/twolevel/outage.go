package twolevel

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// farFailed calls OnFarError for the outages in err, an error of far, and returns the error that the caller gets.
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

// hidden returns the part of err, an error of far, that the caller does not get, or nil.
func (c *Cache[K, V]) hidden(ctx context.Context, err error) error {
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
	if many, ok := errors.AsType[*ctxcache.ManyError[K]](err); ok {
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
