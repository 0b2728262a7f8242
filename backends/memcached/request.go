package memcached

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leases"
)

// request is a request for a lease on one key, and its outcome.
type request struct {
	key     string
	stored  string
	token   []byte         // made here, so that the lease can be given back even if the answer is lost
	item    *memcache.Item // what is under the key, or nil
	err     error          // why the request failed
	unknown bool           // whether the marker may have been stored although the request failed
	lease   *lease         // the lease, if the marker was added
}

// Failure returns why the request failed, for [leases.Take].
func (r *request) Failure() error { return r.err }

// request asks for leases on keys, on behalf of op. It starts to renew those that are granted.
func (s *store) request(
	ctx context.Context, op ctxcache.Operation, keys []string, refreshBelow time.Duration,
) ([]*request, error) {
	requests, err := leases.Take(ctx, s.calls, op, func(ctx context.Context) ([]*request, error) {
		if !s.caps.Has(ctxcache.CapLease) {
			return nil, errors.ErrUnsupported
		}
		if err := ctxcache.CheckTTL(refreshBelow); err != nil {
			return nil, err
		}
		return s.send(ctx, keys), nil
	}, func(requests []*request) { s.giveBack(ctx, requests) })
	if err != nil {
		return nil, err
	}
	s.renew(ctx, requests)
	return requests, nil
}

// send reads keys, and adds a marker under each absent key. If somebody else stored the key first, it reads the key
// again.
func (s *store) send(ctx context.Context, keys []string) []*request {
	stored, errs := s.storedAll(keys)
	requests := make([]*request, len(keys))
	for i, key := range keys {
		requests[i] = &request{key: key, stored: stored[i], token: []byte(leases.NewToken()), err: errs[i]}
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

// attempt tries requests once, and returns those that must be tried again.
func (s *store) attempt(ctx context.Context, requests []*request) (again []*request) {
	stored, errs := make([]string, len(requests)), make([]error, len(requests))
	for i, r := range requests {
		stored[i], errs[i] = r.stored, r.err
	}
	items := s.getMany(stored, errs)
	free := make([]error, len(requests)) // nil for absent keys
	for i, r := range requests {
		if r.item, r.err = items[i], errs[i]; r.item != nil || r.err != nil {
			free[i] = errTaken
		}
	}
	s.each(ctx, inTurn, stored, free, func(i int) error { return s.client.Add(s.markerOf(requests[i])) })
	for i, r := range requests {
		switch free[i] {
		case errTaken:
		case nil:
			r.lease = &lease{store: s, stored: r.stored, token: r.token}
		case memcache.ErrNotStored:
			again = append(again, r)
		default:
			r.err, r.unknown = free[i], unanswered(free[i])
		}
	}
	return again
}

// errTaken marks a key that must not get a marker. It is never returned.
var errTaken = errors.New("taken")

// markerOf returns the marker of r, with its key.
func (s *store) markerOf(r *request) *memcache.Item {
	marker := s.marker(r.token)
	marker.Key = r.stored
	return marker
}

// giveBack removes the markers that requests have left, or may have left. It is for requests whose caller has left or
// got an error. If it fails, the markers run out. The caller's context may be done.
func (s *store) giveBack(ctx context.Context, requests []*request) {
	var releases []*exchange
	for _, r := range requests {
		switch {
		case r.lease != nil:
			r.lease.renewal.Stop(r.lease)
			releases = append(releases, &exchange{lease: r.lease, next: gone})
		case r.unknown:
			releases = append(releases, &exchange{lease: &lease{store: s, stored: r.stored, token: r.token}, next: gone})
		}
	}
	if len(releases) == 0 {
		return
	}
	s.calls.Try(context.WithoutCancel(ctx), func(ctx context.Context) { s.swapAll(ctx, releases...) })
}
