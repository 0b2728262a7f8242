package memcached

import (
	"context"
	"slices"
	"sync"
	"time"
)

// renewal keeps alive the markers of one call of GetLease or GetLeases: a third of LeaseTTL after the call, and
// so on, it swaps each of them for one with a later expiry. A touch would prolong whatever is there by then.
// Its goroutine ends when the last lease does, or the context of the call, or the cache.
type renewal struct {
	store *store
	end   context.CancelFunc // of the goroutine

	mu    sync.Mutex
	holds []*hold // still to renew
}

// renew starts to renew what was granted.
func (s *store) renew(ctx context.Context, requests []*request) {
	n := &renewal{store: s}
	for _, r := range requests {
		if r.hold != nil {
			r.hold.renewal = n
			n.holds = append(n.holds, r.hold)
		}
	}
	if len(n.holds) == 0 {
		return
	}
	ctx, n.end = context.WithCancel(ctx)
	if !s.calls.Go(ctx, n.run) {
		n.end() // closed meanwhile: Fill will say so
	}
}

func (n *renewal) run(ctx context.Context) {
	defer n.end()
	ticker := time.NewTicker(n.store.options.LeaseTTL / 3)
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

// renew swaps the markers once. A failure is left to the next time, or to Fill to find that it was the last.
func (n *renewal) renew(ctx context.Context) {
	n.mu.Lock()
	holds := slices.Clone(n.holds)
	n.mu.Unlock()
	stored, errs := make([]string, len(holds)), make([]error, len(holds))
	for i, h := range holds {
		stored[i] = h.stored
	}
	n.store.each(ctx, stored, errs, func(i int) error {
		h := holds[i]
		alive, err := n.store.swapMarker(h.stored, h.token, n.store.marker(h.token))
		if err == nil && !alive {
			h.end()
		}
		return err
	})
}

// stop leaves h out from now on.
func (n *renewal) stop(h *hold) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.holds = slices.DeleteFunc(n.holds, func(other *hold) bool { return other == h })
	if len(n.holds) == 0 {
		n.end()
	}
}
