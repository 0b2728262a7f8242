package memcached

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leases"
)

// renewal keeps alive the markers of one call of GetLease or GetLeases.
type renewal = leases.Renewal[*hold]

// renew starts to renew the leases that were granted to requests, for the load of ctx.
func (s *store) renew(ctx context.Context, requests []*request) {
	var granted []*hold
	for _, r := range requests {
		if r.hold != nil {
			granted = append(granted, r.hold)
		}
	}
	n := leases.NewRenewal(granted, s.renewOnce)
	for _, h := range granted {
		h.renewal = n
	}
	n.Start(ctx, s.calls.Group, s.options.LeaseTTL)
}

// renewOnce replaces each marker with one that expires later. It does not use touch, which would prolong whatever item
// is there by then.
func (s *store) renewOnce(ctx context.Context, holds []*hold) {
	renewals := make([]*exchange, len(holds))
	for i, h := range holds {
		renewals[i] = &exchange{hold: h, next: s.marker(h.token)}
	}
	s.exchange(ctx, renewals...)
	for _, r := range renewals {
		if r.err == ctxcache.ErrLeaseLost {
			r.hold.end()
		}
	}
}
