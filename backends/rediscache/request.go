package rediscache

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/leases"
)

// request is a request for a lease on one key, with its answer.
type request struct {
	key    string
	token  string // made before the request is sent: (2) in lease.go
	entry  ctxcache.Entry[[]byte]
	answer error  // the error that GetEntry would return
	lease  *lease // nil if none was granted
}

// Failure returns the error that GetEntry would return. It is for [leases.Take].
func (r *request) Failure() error { return r.answer }

// due returns the lease that was granted, or a lease that says why none was granted. It reports false if no lease was
// due.
func (r *request) due() (ctxcache.Lease, bool) {
	switch {
	case r.lease != nil:
		return ctxcache.NewLease(r.lease), true
	case r.answer == ctxcache.ErrMiss:
		return ctxcache.NoLease(ctxcache.Loading), true
	}
	return ctxcache.Lease{}, false
}

// request asks for leases on keys by op, in one round trip per server. Renewal of the granted leases begins. An error
// is about the whole call.
func (c *Cache) request(
	ctx context.Context, op ctxcache.Operation, keys []string, refreshBelow time.Duration,
) ([]*request, error) {
	requests, err := leases.Take(ctx, c.calls, op, func(ctx context.Context) ([]*request, error) {
		if !c.caps.Has(ctxcache.CapLease) {
			return nil, errors.ErrUnsupported
		}
		if err := ctxcache.CheckTTL(refreshBelow); err != nil {
			return nil, err
		}
		return c.send(ctx, keys, refreshBelow), nil
	}, func(requests []*request) { c.giveBack(ctx, requests) })
	if err != nil {
		return nil, err
	}
	c.renew(ctx, requests)
	return requests, nil
}

// send sends requests for keys, and returns them with their answers.
func (c *Cache) send(ctx context.Context, keys []string, refreshBelow time.Duration) []*request {
	below := ""
	if refreshBelow != ctxcache.NoExpiry {
		below = strconv.FormatInt(refreshBelow.Milliseconds(), 10)
	}
	requests := make([]*request, len(keys))
	grants := make([]scriptCall, len(keys))
	for i, key := range keys {
		r := &request{key: key, token: leases.NewToken()}
		requests[i] = r
		grants[i] = scriptCall{leaseScript, c.stored(key), []any{r.token, c.options.LeaseTTL.Milliseconds(), below}}
	}
	for i, answer := range c.runEach(ctx, grants) {
		r := requests[i]
		reply, err := answer.Slice()
		r.entry, r.answer = parseEntry(reply, err)
		r.lease = c.granted(r, reply)
	}
	return requests
}

// granted returns the lease that the reply to r grants, or nil.
func (c *Cache) granted(r *request, reply []any) *lease {
	if c.calls.Unanswered(r.answer) || len(reply) < 4 {
		return nil
	}
	switch proof, _ := reply[3].(string); proof {
	case "":
		return nil
	case "+":
		return &lease{cache: c, stored: c.stored(r.key), marked: true, proof: r.token}
	default:
		return &lease{cache: c, stored: c.stored(r.key), proof: proof}
	}
}

// giveBack removes the markers that requests left or may have left, after the caller has left or got an error. It does
// not wait for the server. If it fails, the markers run out. It does not use the end of ctx, which may be done: the
// client's timeouts and Close end it. It is for the lost replies of (2) in lease.go.
func (c *Cache) giveBack(ctx context.Context, requests []*request) {
	var releases []scriptCall
	for _, r := range requests {
		if c.calls.Unanswered(r.answer) || r.lease != nil && r.lease.marked {
			releases = append(releases, scriptCall{releaseScript, c.stored(r.key), []any{r.token}})
		}
	}
	if len(releases) == 0 {
		return
	}
	c.calls.Try(context.WithoutCancel(ctx), func(ctx context.Context) { c.runEach(ctx, releases) })
}
