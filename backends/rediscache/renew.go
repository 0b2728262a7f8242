package rediscache

import (
	"context"
	"slices"

	"github.com/ctxcache/cached/internal/leases"
)

// renewal renews the leases with a marker that one call of GetLease or GetLeases was granted.
type renewal = leases.Renewal[*lease]

// renew begins to renew the leases that were granted to a call with ctx. Leases on different servers are renewed by
// different goroutines, so that a server that hangs does not cost the leases on the others.
func (c *Cache) renew(ctx context.Context, requests []*request) {
	granted := make(map[string]*lease)
	var keys []string
	for _, r := range requests {
		if r.lease != nil && r.lease.marked() {
			granted[r.key] = r.lease
			keys = append(keys, r.key)
		}
	}
	for _, part := range c.byServer(ctx, keys) {
		marked := make([]*lease, len(part.Keys))
		for i, key := range part.Keys {
			marked[i] = granted[key]
		}
		n := leases.NewRenewal(marked, c.renewOnce)
		for _, l := range marked {
			l.renewal = n
		}
		n.Start(ctx, c.calls.Group, c.options.LeaseTTL) // until the load ends: (6) and (7) in lease.go
	}
}

// renewOnce moves the deadlines of markers, in one round trip per server. If a lease is lost, its renewal ends. If the
// server does not answer, the next call tries again.
func (c *Cache) renewOnce(ctx context.Context, marked []*lease) {
	renewals := make([]scriptCall, len(marked))
	for i, l := range marked {
		args := slices.Concat(l.proof, []any{c.options.LeaseTTL.Milliseconds()})
		renewals[i] = scriptCall{script: renewScript, stored: l.stored, args: args}
	}
	for i, reply := range c.runEach(ctx, renewals) {
		if alive, err := accepted(reply); err == nil && !alive {
			marked[i].end(false)
		}
	}
}
