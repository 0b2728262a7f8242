package memcached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leases"
)

// renewal keeps alive the markers that one call of GetLease or GetLeases has on one server.
type renewal = leases.Renewal[*lease]

// renew starts to renew the leases that one server has granted to requests, for the load of ctx.
func (s *store) renew(ctx context.Context, requests []*request) {
	var granted []*lease
	for _, r := range requests {
		if r.lease != nil {
			granted = append(granted, r.lease)
		}
	}
	n := leases.NewRenewal(granted, s.renewOnce)
	for _, l := range granted {
		l.renewal = n
	}
	n.Start(ctx, s.calls.Group, s.options.LeaseTTL)
}

// renewOnce replaces each marker with one that expires later. It does not use touch, which would prolong whatever item
// is there by then.
func (s *store) renewOnce(_ context.Context, marked []*lease) {
	renewals := make([]*exchange, len(marked))
	for i, l := range marked {
		renewals[i] = &exchange{lease: l, next: s.marker(l.token)}
	}
	s.swapAll(renewals...)
	for _, r := range renewals {
		if r.err == ctxcache.ErrLeaseLost {
			r.lease.end()
		}
	}
}
