package cached

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// shared is what a load shares with its batch, if it has one.
type shared[V any] struct {
	entry ctxcache.Entry[V] // that was found with the lease, or else by a read; then the one to store
	lease ctxcache.Lease    // that was granted; then the one to end
	fills bool              // the lease ends by a Fill, and not by a Release

	value    V // of the loader
	handle   *Load[V]
	panicked any // the value of the loader's panic; nil without one
	exited   bool
	part     atomic.Int32 // partUndecided, until the load counts for its loader or follows another one
	failed   *once        // reports the failure of the loader once for all

	err error // of the last step
}

// The loads of a batch share a loader. The first of them counts for it, in Stats and as overdue, and the others follow.
const (
	partUndecided int32 = iota
	partCounts
	partFollows
)

// follow makes the load follow another one of its batch, unless it has counted before that.
func (s *shared[V]) follow() { s.part.CompareAndSwap(partUndecided, partFollows) }

// counts reports whether the load counts for its loader. The answer does not change.
func (s *shared[V]) counts() bool {
	s.part.CompareAndSwap(partUndecided, partCounts)
	return s.part.Load() == partCounts
}

// once is done by the first load of a batch that comes to it.
type once struct{ done atomic.Bool }

func (o *once) first() bool { return o.done.CompareAndSwap(false, true) }

// unionOf returns a context that ends when the contexts of all loads have ended. It has the values of the first one. Its cause
// is the cause of the last one to end. Stop ends a union that nothing needs any more, and does nothing to the loads.
func unionOf[K comparable, V any](loads []*loading[K, V]) (ctx context.Context, stop func()) {
	if len(loads) == 1 {
		return loads[0].ctx, doNothing
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(loads[0].ctx))
	go func() { // one goroutine for all, because a context.AfterFunc for each would start one for each
		last := loads[0]
		for _, l := range loads {
			select {
			case <-l.ctx.Done():
			default: // it ends after those before it
				select {
				case <-l.ctx.Done():
					last = l
				case <-ctx.Done():
					return
				}
			}
		}
		cancel(context.Cause(last.ctx))
	}()
	return ctx, func() { cancel(nil) }
}

// takeLeases takes the leases of all loads in one call.
func (b *batch[K, V]) takeLeases(loads []*loading[K, V]) {
	type grants struct {
		entries map[K]ctxcache.Entry[V]
		leases  map[K]ctxcache.Lease
		made    bool // the call has ended in time, so nothing is granted late
	}
	f, below, keys := b.f, time.Duration(0), make([]K, len(loads))
	for i, l := range loads {
		keys[i], below = l.key, max(below, l.refreshBelow())
	}
	ctx, stop := unionOf(loads)
	g, err := limited(forLease(ctx, loads...), f, ctxcache.OpGetLeases, f.limits.read,
		func(ctx context.Context) (g grants, err error) {
			g.entries, g.leases, err = f.cache.GetLeases(ctx, keys, below)
			g.made = true
			return g, err
		},
		func(ctx context.Context, g grants) {
			defer stop()
			// The loads have gone on without these leases. OnCacheError hears of a failure.
			_ = f.settle(ctx, ctxcache.OpReleaseMany, func(ctx context.Context) error {
				return ctxcache.UnlessLost[K](f.cache.ReleaseMany(ctx, g.leases))
			})
		})
	errs, granted := errorsOf[K](err).together(), false
	for _, l := range loads {
		s := &l.shared
		e, found := g.entries[l.key]
		s.entry, s.lease, s.err = e, g.leases[l.key], errs.of(l.key)
		granted = granted || s.lease.Granted()
		switch {
		case s.err != nil:
		case !found:
			s.err = ctxcache.ErrMiss
		case e.Absent:
			s.err = ctxcache.ErrNotFound
		}
	}
	if g.made && !granted { // otherwise the leases live as long as the loads
		stop()
	}
}
