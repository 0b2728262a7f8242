package cached

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// Describe returns a description of f, with its name and options. The cache is its child.
func (f *Function[K, V]) Describe() ctxcache.Description { return f.cache.Describe() }

// Stats returns the counters of f: loads, calls that joined a load, failures of the cache, corrupt entries, results that
// were not stored, by reason, loads over LoadTimeout (Timeouts), and loaders that answered after that (Late). The
// counters of the cache are the child. Hits are not counted, because that would slow every hit down; layers.Stats counts
// them.
//
// If the cache cannot report its counters, Stats returns that error with everything else. Stats also works after Close.
func (f *Function[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	stats, err := ctxcache.StatsUnder(ctx, f.stats(), f)
	if refused := f.refused(ctxcache.OpStats); refused != nil && !errors.Is(refused, ctxcache.ErrClosed) {
		err = refused
	}
	return stats, err
}

// Close waits until the running loads have ended and their results are stored. From now on calls return
// ctxcache.ErrClosed. If ctx is done first, Close cancels the contexts of the loads and returns the error of ctx. The
// callers of these loads get ErrClosed at once, even if a loader ignores its context. Callers whose value is loaded get
// it.
//
// Close does not wait for loaders that still run although their load has ended (see Options.LoadTimeout). It does not
// close the cache. ctxcache.CloseAll closes both, in the right order. If the cache is closed first, values that are being
// loaded are not stored, but their callers get them. Close may be called again.
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

// end ends everything that still runs for f, because of err.
func (f *Function[K, V]) end(err error) {
	f.endLife(err)
	f.running.close()
}
