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
	remote := f.cache.Timeouts() != (ctxcache.Timeouts{})
	if remote && limited && f.opts.Jitter == 0 && !jitters(f.cache.Describe()) {
		warnings = append(warnings, ctxcache.Warning{
			Code: "no_jitter",
			Text: "values that were loaded at the same time expire at the same time, in all processes. Set Jitter, for example to 0.1",
		})
	}
	if f.loadMany == nil && (f.opts.MaxBatch > 0 || f.opts.CoalesceFor > 0) {
		warnings = append(warnings, ctxcache.Warning{
			Code: "no_bulk",
			Text: "MaxBatch and CoalesceFor have no effect on a function that loads one key at a time. Make the function by Bulk",
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

// jitters reports whether d, or what it stands on, has an option "jitter", as layers.Expiring has. If d has several
// children, only the last counts: jitter of near copies does not help, because far's values still expire together.
func jitters(d ctxcache.Description) bool {
	for _, option := range d.Options {
		if jitter, ok := option.Value.(float64); ok && option.Name == "jitter" && jitter > 0 {
			return true
		}
	}
	return len(d.Children) > 0 && jitters(d.Children[len(d.Children)-1].Describe())
}

// Check is [Function.Check].
func (f *KeyedFunction[A, K, V]) Check(ctx context.Context) ([]ctxcache.Warning, error) {
	return f.function.Check(ctx)
}
