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

// request asks for leases on keys, on behalf of op: for those on different servers apart, so that a server that hangs
// delays no other, neither now nor when the leases are renewed. It starts to renew the leases that are granted.
func (s *store) request(
	ctx context.Context, op ctxcache.Operation, keys []string, refreshBelow time.Duration,
) ([]*request, error) {
	if err := s.leasing(ctx); err != nil {
		return nil, ctxcache.Fail(layer, op, err)
	}
	if err := ctxcache.CheckTTL(refreshBelow); err != nil {
		return nil, ctxcache.Fail(layer, op, err)
	}
	requests := make([]*request, len(keys))
	stored, errs := s.storedAll(keys)
	parts := s.split(stored, errs)
	for i, key := range keys {
		requests[i] = &request{key: key, stored: stored[i], token: []byte(leases.NewToken()), err: errs[i]}
	}
	failures := make([]error, len(parts))
	forEach(parts, func(n int, p *part) { failures[n] = s.requestPart(ctx, op, p, requests) })
	for n, p := range parts {
		if failures[n] == nil {
			continue
		}
		if isDone(failures[n]) {
			s.giveBack(ctx, answered(parts, failures, requests))
			return nil, failures[n]
		}
		for _, i := range p.at { // anew, because the call may go on and change the old ones
			requests[i] = &request{key: keys[i], err: cause(failures[n])}
		}
	}
	return requests, nil
}

// answered returns the requests of the parts that did not fail.
func answered(parts []*part, failures []error, requests []*request) []*request {
	var all []*request
	for n, p := range parts {
		if failures[n] == nil {
			for _, i := range p.at {
				all = append(all, requests[i])
			}
		}
	}
	return all
}

// requestPart sends the requests of one server. After an error the requests must not be looked at: they may change.
func (s *store) requestPart(ctx context.Context, op ctxcache.Operation, p *part, all []*request) error {
	requests := make([]*request, len(p.at))
	for k, i := range p.at {
		requests[k] = all[i]
	}
	err := leases.Take(ctx, s.calls, op, p.server, requests, func(_ context.Context, requests []*request) error {
		return s.send(ctx, p, requests)
	}, func(requests []*request, answered bool) {
		if answered {
			s.giveBack(ctx, requests)
			return
		}
		p.left.Store(true)
		if p.sent.Load() { // or else no marker is sent any more
			s.giveBackUnseen(ctx, requests)
		}
	})
	if err == nil {
		s.renew(ctx, requests)
	}
	return err
}

// send reads the keys of requests, and adds a marker under each absent key. If somebody else stored the key first, it
// reads the key again. After an error nobody needs the requests any more.
func (s *store) send(ctx context.Context, p *part, requests []*request) error {
	pending := requests
	for range maxAttempts {
		if len(pending) == 0 {
			break
		}
		pending = s.attempt(p, pending)
	}
	for _, r := range pending {
		r.err = fmt.Errorf("%w: the key came and went %d times", errReply, maxAttempts)
	}
	return s.noAnswer(ctx, requests)
}

// noAnswer returns an error if the server has answered nothing, so that the call counts as unanswered. Nobody looks at
// the requests after that, so it gives them back.
func (s *store) noAnswer(ctx context.Context, requests []*request) error {
	for _, r := range requests {
		if !s.calls.Unanswered(r.err) {
			return nil
		}
	}
	s.giveBack(ctx, requests)
	return requests[0].err
}

// attempt tries requests once, and returns those that must be tried again.
func (s *store) attempt(p *part, requests []*request) (again []*request) {
	stored := make([]string, len(requests))
	for i, r := range requests {
		stored[i] = r.stored
	}
	items, errs := s.getMany(stored)
	free := make([]error, len(requests)) // nil for absent keys
	for i, r := range requests {
		if r.item, r.err = items[i], errs[i]; r.item != nil || r.err != nil {
			free[i] = errTaken
		}
	}
	sent := make([]bool, len(requests))
	s.each(inTurn, free, p.stop, func(i int) error {
		sent[i] = true
		p.sent.Store(true)
		return s.client.Add(s.markerOf(requests[i]))
	})
	for i, r := range requests {
		switch free[i] {
		case errTaken:
		case nil:
			r.lease = &lease{store: s, stored: r.stored, token: r.token}
		case memcache.ErrNotStored:
			again = append(again, r)
		default:
			r.err, r.unknown = free[i], sent[i] && !unsent(free[i]) && mayArrive(free[i])
		}
	}
	s.fence(p.server, requests)
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
