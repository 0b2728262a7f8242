package memcached

import "context"

// giveBack removes the markers that requests have left, or may have left. It is for requests whose caller has left or
// got an error, all of them on one server or answered. The caller's context may be done. The marker of an add without an
// answer may come later, so it is removed once more. If that fails, the marker runs out: nobody renews it, and nobody has
// its lease.
func (s *store) giveBack(ctx context.Context, requests []*request) {
	var left []*lease
	for _, r := range requests {
		switch {
		case r.lease != nil:
			r.lease.renewal.Stop(r.lease)
			left = append(left, r.lease)
		case r.unknown:
			l := s.unseen(r)
			left = append(left, l)
			s.again.release(l.stored, l.token)
		}
	}
	s.removeMarkers(ctx, left)
}

// giveBackUnseen removes the markers of requests whose caller has left before the answers. They may be on the server
// already. It must not look at the answers, which another goroutine writes.
func (s *store) giveBackUnseen(ctx context.Context, requests []*request) {
	left := make([]*lease, len(requests))
	for i, r := range requests {
		left[i] = s.unseen(r)
	}
	s.removeMarkers(ctx, left)
}

// unseen returns the lease that r is granted if its marker is stored.
func (s *store) unseen(r *request) *lease { return &lease{store: s, stored: r.stored, token: r.token} }

// removeMarkers removes markers on a goroutine of the cache, at once. If too many calls run, it removes them when the
// client's timeout has passed.
func (s *store) removeMarkers(ctx context.Context, left []*lease) {
	if len(left) == 0 || s.calls.Try(context.WithoutCancel(ctx), func(context.Context) { s.removeAll(left) }) {
		return
	}
	for _, l := range left {
		s.again.release(l.stored, l.token)
	}
}

// removeAll removes markers, which may be on several servers. A marker that could not be removed is removed later.
func (s *store) removeAll(left []*lease) {
	stored := make([]string, len(left))
	for i, l := range left {
		stored[i] = l.stored
	}
	forEach(s.split(stored, make([]error, len(left))), func(_ int, p *part) {
		var releases []*exchange
		for _, i := range p.at {
			releases = append(releases, &exchange{lease: left[i], next: gone})
		}
		s.swapAll(releases...)
		for _, x := range releases {
			if mayArrive(x.err) {
				s.again.release(x.lease.stored, x.lease.token)
			}
		}
	})
}
