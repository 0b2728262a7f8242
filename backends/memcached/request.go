package memcached

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// request is the request for a lease on one key, and what came of it.
type request struct {
	key     string
	stored  string
	token   []byte         // made here, so that a lease can be given back even if its grant never arrived
	item    *memcache.Item // what is there, if anything
	err     error          // why it failed
	unknown bool           // whether the marker may be there though it failed
	hold    *hold          // of the marker, if it was added
}

// request asks for leases on keys. Those granted are renewed from now on.
func (s *store) request(ctx context.Context, keys []string, refreshBelow time.Duration) ([]*request, error) {
	requests, err := call(ctx, s, "lease", func(ctx context.Context) ([]*request, error) {
		if !s.ops.Has(ctxcache.OpLease) {
			return nil, errors.ErrUnsupported
		}
		if err := ctxcache.CheckTTL(refreshBelow); err != nil {
			return nil, err
		}
		return s.send(ctx, keys), nil
	}, func(late []*request) { s.giveBack(ctx, late) })
	if err != nil {
		return nil, err
	}
	var unknown []*request
	for _, r := range requests {
		if done := calls.ContextError(ctx, r.err); unanswered(r.err) && done != nil {
			s.giveBack(ctx, requests)
			return nil, done
		}
		if r.unknown {
			unknown = append(unknown, r)
		}
	}
	s.giveBack(ctx, unknown)
	s.renew(ctx, requests)
	return requests, nil
}

// send reads keys, and adds a marker where there is nothing. Where somebody else was faster, it reads again.
func (s *store) send(ctx context.Context, keys []string) []*request {
	stored, errs := s.storedAll(keys)
	requests := make([]*request, len(keys))
	for i, key := range keys {
		requests[i] = &request{key: key, stored: stored[i], token: newToken(), err: errs[i]}
	}
	pending := requests
	for range maxAttempts {
		if pending = s.attempt(ctx, pending); len(pending) == 0 {
			return requests
		}
	}
	for _, r := range pending {
		r.err = fmt.Errorf("%w: the key came and went %d times", errReply, maxAttempts)
	}
	return requests
}

// attempt tries requests once, and returns those to try again.
func (s *store) attempt(ctx context.Context, requests []*request) (again []*request) {
	stored, errs := make([]string, len(requests)), make([]error, len(requests))
	for i, r := range requests {
		stored[i], errs[i] = r.stored, r.err
	}
	items := s.getMany(stored, errs)
	free := make([]error, len(requests)) // nil for those that are absent
	for i, r := range requests {
		if r.item, r.err = items[i], errs[i]; r.item != nil || r.err != nil {
			free[i] = errTaken
		}
	}
	s.each(ctx, stored, free, func(i int) error { return s.client.Add(s.keyed(requests[i])) })
	for i, r := range requests {
		switch free[i] {
		case errTaken:
		case nil:
			r.hold = &hold{store: s, stored: r.stored, token: r.token}
		case memcache.ErrNotStored:
			again = append(again, r)
		default:
			r.err, r.unknown = free[i], unanswered(free[i])
		}
	}
	return again
}

// errTaken keeps a key from being asked for a marker. It is never returned.
var errTaken = errors.New("taken")

// keyed returns the marker of r.
func (s *store) keyed(r *request) *memcache.Item {
	marker := s.marker(r.token)
	marker.Key = r.stored
	return marker
}

// giveBack removes the markers that requests left or may have left, behind the back of a caller who has left, or who
// got an error. If that fails too they run out. The caller's context may be done.
func (s *store) giveBack(ctx context.Context, requests []*request) {
	var held []*hold
	for _, r := range requests {
		if r.unknown || r.hold != nil {
			held = append(held, &hold{store: s, stored: r.stored, token: r.token})
		}
	}
	if len(held) == 0 {
		return
	}
	s.calls.Try(context.WithoutCancel(ctx), func(ctx context.Context) {
		stored, errs := make([]string, len(held)), make([]error, len(held))
		for i, h := range held {
			stored[i] = h.stored
		}
		s.each(ctx, stored, errs, func(i int) error { return held[i].release() })
	})
}
