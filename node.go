package cached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// Describe returns what f is, Options.Name and the other options included, with the cache as its child.
func (f *Function[K, V]) Describe() ctxcache.Description { return f.cache.Describe() }

// Stats returns the loads, the calls that joined one, and the failures of the cache, under Options.Name, with the
// cache's own counters as child. Hits are counted by layers.Stats, since counting them here would cost every hit. If the
// cache fails to report its own, that error comes along with all that there is.
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

// Close drains f: calls from now on get ctxcache.ErrClosed, and Close returns when the loads that run have
// ended. If ctx is done before, their contexts are cancelled, their callers get ErrClosed, and Close returns
// the error of ctx. The cache is not closed; ctxcache.CloseAll closes it, too.
func (f *Function[K, V]) Close(ctx context.Context) error {
	closed := ctxcache.ErrClosed
	f.refusal.Store(&closed)
	drained := f.loads.close()
	select {
	case <-drained: // whatever ctx says
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
