package cached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Describe returns a description of f, with its name and options. The cache is its child.
func (f *Function[K, V]) Describe() ctxcache.Description { return f.cache.Describe() }

// Stats returns the number of loads, of calls that joined a load, and of failures of the cache. The counters of the
// cache are the child. Hits are not counted, because that would slow every hit down; layers.Stats counts them. If the
// cache cannot report its counters, Stats returns that error with everything else.
func (f *Function[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	if err := f.refused(ctxcache.OpStats); err != nil {
		return ctxcache.Stats{}, err
	}
	return ctxcache.StatsUnder(ctx, ctxcache.Stats{
		Name:    f.opts.name(),
		Loads:   f.counts.loads.Load(),
		Joined:  f.counts.joined.Load(),
		Errors:  f.counts.errors.Load(),
		Entries: -1,
	}, f)
}

// Close waits until the running loads have ended. From now on calls return ctxcache.ErrClosed. If ctx is done first,
// Close cancels the contexts of the loads and returns the error of ctx; the callers of these loads get ErrClosed. Close
// does not close the cache. ctxcache.CloseAll closes both. Close may be called again.
func (f *Function[K, V]) Close(ctx context.Context) error {
	closed := ctxcache.ErrClosed
	f.refusal.CompareAndSwap(nil, &closed) // invalid options stay the reason
	drained := f.loads.close()
	select {
	case <-drained: // even if ctx is done
		f.end(nil)
		return nil
	default:
	}
	select {
	case <-drained:
		f.end(nil)
		return nil
	case <-ctx.Done():
		f.end(ctxcache.ErrClosed)
		return ctx.Err()
	}
}
