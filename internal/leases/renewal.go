package leases

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Renewal keeps alive the leases that one call was granted. All methods may be called concurrently. A nil Renewal is for
// leases that need none.
type Renewal[L comparable] struct {
	once func(context.Context, []L)

	mu   sync.Mutex
	left []L                // still to renew
	end  context.CancelFunc // of the goroutine, once it was started
}

// NewRenewal returns a Renewal of granted, which once renews one time. A lease that once cannot renew is left to the next
// time, or to Fill to find that there was none. Once stops a lease that is lost.
func NewRenewal[L comparable](granted []L, once func(context.Context, []L)) *Renewal[L] {
	return &Renewal[L]{once: once, left: granted}
}

// Start renews a third of ttl from now, and so on, on a goroutine of group. Ctx comes from the call that was granted the
// leases. It ends when the last lease was stopped, or with the load that they are for (see [ctxcache.LoadContext]), or with
// group. Nothing is renewed for a load whose context can never end: it may be gone, and nobody would know. Leases know
// their Renewal before it is started.
func (r *Renewal[L]) Start(ctx context.Context, group *calls.Group, ttl time.Duration) {
	load := ctxcache.LoadContext(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.left) == 0 || load.Done() == nil {
		return
	}
	ctx, r.end = context.WithCancel(load)
	if !group.Go(ctx, func(ctx context.Context) { r.run(ctx, ttl/3) }) {
		r.end() // closed meanwhile: Fill will say so
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
			left := slices.Clone(r.left)
			r.mu.Unlock()
			r.once(ctx, left)
		}
	}
}

// Stop leaves l out from now on.
func (r *Renewal[L]) Stop(l L) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = slices.DeleteFunc(r.left, func(other L) bool { return other == l })
	if len(r.left) == 0 && r.end != nil {
		r.end()
	}
}
