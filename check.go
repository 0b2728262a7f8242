package cached

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// Check warns of options that are invalid or likely a mistake: see [ctxcache.Check].
func (f *Function[K, V]) Check(context.Context) ([]ctxcache.Warning, error) {
	if refused := f.refusal.Load(); refused != nil && errors.Is(*refused, ctxcache.ErrOptions) {
		return []ctxcache.Warning{ctxcache.InvalidOptions(*refused)}, nil
	}
	var warnings []ctxcache.Warning
	limited := f.opts.TTL > 0 && f.opts.TTL < ctxcache.NoExpiry
	if remote := f.cache.Timeouts() != (ctxcache.Timeouts{}); remote && limited && f.opts.Jitter == 0 {
		warnings = append(warnings, ctxcache.Warning{
			Code: "no_jitter",
			Text: "values that were loaded at the same time expire at the same time, in all processes. Set Jitter, for example to 0.1",
		})
	}
	if !f.caps.Has(ctxcache.CapLease) {
		warnings = append(warnings, ctxcache.Warning{
			Code: "no_leases",
			Text: "the cache does not support leases, so a load may store a value that another process has deleted meanwhile. " +
				"Use a cache with leases, or keep the TTL short",
		})
	}
	return warnings, nil
}

// Check is [Function.Check].
func (f *KeyedFunction[A, K, V]) Check(ctx context.Context) ([]ctxcache.Warning, error) {
	return f.function.Check(ctx)
}
