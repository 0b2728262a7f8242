package rediscache

import (
	"context"

	"github.com/ctxcache/cached/internal/leases"
)

// renewal keeps alive the marked leases of one call of GetLease or GetLeases.
type renewal = leases.Renewal[*lease]

// renew starts to renew what was granted to a call with ctx.
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
	n.Start(ctx, c.calls.Group, c.options.LeaseTTL)
}

// renewOnce moves the deadlines of markers.
func (c *Cache) renewOnce(ctx context.Context, marked []*lease) {
	renewals := make([]scriptCall, len(marked))
	for i, l := range marked {
		renewals[i] = scriptCall{renewScript, l.stored, []any{l.proof, c.options.LeaseTTL.Milliseconds()}}
	}
	for i, reply := range c.runEach(ctx, renewals) {
		if alive, err := accepted(reply); err == nil && !alive {
			marked[i].end(false)
		}
	}
}
