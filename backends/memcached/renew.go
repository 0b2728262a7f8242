package memcached

import (
	"context"

	"github.com/ctxcache/cached/internal/leases"
)

// renewal keeps alive the markers of one call of GetLease or GetLeases.
type renewal = leases.Renewal[*hold]

// renew starts to renew what was granted.
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
	n.Start(ctx, s.calls, s.options.LeaseTTL)
}

// renewOnce swaps markers for ones with a later expiry. A touch would prolong whatever is there by then.
func (s *store) renewOnce(ctx context.Context, holds []*hold) {
	stored, errs := make([]string, len(holds)), make([]error, len(holds))
	for i, h := range holds {
		stored[i] = h.stored
	}
	s.each(ctx, stored, errs, func(i int) error {
		h := holds[i]
		alive, err := s.swapMarker(h.stored, h.token, s.marker(h.token))
		if err == nil && !alive {
			h.end()
		}
		return err
	})
}
