package leases

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Renewal keeps alive the leases that were granted to one call. Its methods may be called concurrently. A nil Renewal
// renews nothing.
type Renewal[L comparable] struct {
	once func(context.Context, []L)

	mu   sync.Mutex
	left map[L]struct{}     // still to renew; a map, so that the ends of many leases cost the same each
	end  context.CancelFunc // ends the goroutine; nil before it is started
}

// NewRenewal returns a Renewal of granted. Once renews leases one time; it gets them in any order. If it cannot renew a
// lease, the next call of once tries again, or Fill finds that the lease is lost. If once finds that a lease is lost, it
// calls Stop for it.
func NewRenewal[L comparable](granted []L, once func(context.Context, []L)) *Renewal[L] {
	left := make(map[L]struct{}, len(granted))
	for _, l := range granted {
		left[l] = struct{}{}
	}
	return &Renewal[L]{once: once, left: left}
}

// Start begins to renew the leases, every third of ttl, on a goroutine of group. Ctx is the context of the call that
// was granted the leases. Renewal ends when all leases have been stopped, when their load ends (see
// [ctxcache.LoadContext]), or when group is closed.
//
// If the load's context can never end, Start does nothing: the load might be gone without anybody noticing. Set the
// Renewal in the leases before you call Start, because once may call Stop at any time after that.
func (r *Renewal[L]) Start(ctx context.Context, group *calls.Group, ttl time.Duration) {
	load := ctxcache.LoadContext(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.left) == 0 || load.Done() == nil {
		return
	}
	ctx, r.end = context.WithCancel(load)
	if !group.Go(ctx, func(ctx context.Context) { r.run(ctx, ttl/3) }) {
		r.end() // the group is closed: Fill will return ErrClosed
	}
}

func (r *Renewal[L]) run(ctx context.Context, every time.Duration) {
	defer r.end()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			r.mu.Lock()
			left := slices.Collect(maps.Keys(r.left))
			r.mu.Unlock()
			r.once(ctx, left)
		}
	}
}

// Stop ends the renewal of l. It may be called again.
func (r *Renewal[L]) Stop(l L) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.left, l)
	if len(r.left) == 0 && r.end != nil {
		r.end()
	}
}
