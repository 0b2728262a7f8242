package rediscache

import (
	"context"

	"github.com/ctxcache/cached/internal/leases"
)

// renewal renews the leases with a marker that one call of GetLease or GetLeases was granted.
type renewal = leases.Renewal[*lease]

// renew begins to renew the leases that were granted to a call with ctx.
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
	n.Start(ctx, c.calls.Group, c.options.LeaseTTL) // until the load ends: (5) and (6) in lease.go
}

// renewOnce moves the deadlines of markers, in one round trip per server. If a lease is lost, its renewal ends. If the
// server does not answer, the next call tries again.
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
