package rediscache

import (
	"context"

	"github.com/ctxcache/cached/internal/leases"
)

// renewal keeps alive the marked leases of one call of GetLease or GetLeases.
type renewal = leases.Renewal[*lease]

// renew starts to renew what was granted.
func (c *Cache) renew(ctx context.Context, requests []*request) {
	var granted []*lease
	for _, r := range requests {
		if r.lease != nil && r.lease.marked {
			granted = append(granted, r.lease)
		}
	}
	n := leases.NewRenewal(granted, c.renewOnce)
	for _, l := range granted {
		l.renewal = n
	}
	n.Start(ctx, c.calls, c.options.LeaseTTL)
}

// renewOnce moves the deadlines of markers.
func (c *Cache) renewOnce(ctx context.Context, marked []*lease) {
	stored := make([]string, len(marked))
	for i, l := range marked {
		stored[i] = l.stored
	}
	replies := c.runEach(ctx, renewScript, stored, func(i int) []any {
		return []any{marked[i].proof, c.options.LeaseTTL.Milliseconds()}
	})
	for i, l := range marked {
		if alive, err := accepted(replies[i]); err == nil && !alive {
			l.end()
		}
	}
}
