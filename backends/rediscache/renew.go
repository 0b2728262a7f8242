package rediscache

import (
	"context"
	"slices"
	"sync"
	"time"
)

// renewal keeps alive the marked leases of one call of GetLease or GetLeases: a third of LeaseTTL after the call, and
// so on, it moves their deadlines. Its goroutine ends when the last of them does, or the context of the call, or the
// cache.
type renewal struct {
	cache *Cache
	end   context.CancelFunc // of the goroutine

	mu     sync.Mutex
	leases []*lease // still to renew
}

// renew starts to renew what was granted.
func (c *Cache) renew(ctx context.Context, requests []*request) {
	n := &renewal{cache: c}
	for _, r := range requests {
		if r.lease != nil && r.lease.marked {
			r.lease.renewal = n
			n.leases = append(n.leases, r.lease)
		}
	}
	if len(n.leases) == 0 {
		return
	}
	ctx, n.end = context.WithCancel(ctx)
	if !c.calls.Go(ctx, n.run) {
		n.end() // closed meanwhile: Fill will say so
	}
}

func (n *renewal) run(ctx context.Context) {
	defer n.end()
	ticker := time.NewTicker(n.cache.options.LeaseTTL / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			n.renew(ctx)
		}
	}
}

// renew moves the deadlines once. A failure is left to the next time, or to Fill to find that it was the last.
func (n *renewal) renew(ctx context.Context) {
	n.mu.Lock()
	leases := slices.Clone(n.leases)
	n.mu.Unlock()
	stored := make([]string, len(leases))
	for i, l := range leases {
		stored[i] = l.stored
	}
	replies := n.cache.runEach(ctx, renewScript, stored, func(i int) []any {
		return []any{leases[i].proof, n.cache.options.LeaseTTL.Milliseconds()}
	})
	for i, l := range leases {
		if alive, err := accepted(replies[i]); err == nil && !alive {
			l.end()
		}
	}
}

// stop leaves l out from now on.
func (n *renewal) stop(l *lease) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.leases = slices.DeleteFunc(n.leases, func(other *lease) bool { return other == l })
	if len(n.leases) == 0 {
		n.end()
	}
}
