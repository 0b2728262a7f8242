package rediscache

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// request is the request for a lease on one key, and what came of it.
type request struct {
	key    string
	token  string // made here, so that a lease can be given back even if its grant never arrived
	entry  ctxcache.Entry[[]byte]
	answer error  // what GetEntry would say
	lease  *lease // nil if none was granted
}

// request asks for leases on keys. Those granted are renewed from now on.
func (c *Cache) request(ctx context.Context, keys []string, refreshBelow time.Duration) ([]*request, error) {
	requests, err := call(ctx, c, "lease", func(ctx context.Context) ([]*request, error) {
		if !c.ops.Has(ctxcache.OpLease) {
			return nil, errors.ErrUnsupported
		}
		if err := ctxcache.CheckTTL(refreshBelow); err != nil {
			return nil, err
		}
		return c.send(ctx, keys, refreshBelow), nil
	}, func(late []*request) { c.giveBack(ctx, late) })
	if err != nil {
		return nil, err
	}
	var unknown []*request
	for _, r := range requests {
		if unanswered(r.answer) {
			if done := calls.ContextError(ctx, r.answer); done != nil {
				c.giveBack(ctx, requests)
				return nil, done
			}
			unknown = append(unknown, r)
		}
	}
	c.giveBack(ctx, unknown)
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
	for i, key := range keys {
		requests[i] = &request{key: key, token: newToken()}
	}
	replies := c.runEach(ctx, leaseScript, c.storedAll(keys), func(i int) []any {
		return []any{requests[i].token, c.options.LeaseTTL.Milliseconds(), below}
	})
	for i, r := range requests {
		reply, err := replies[i].Slice()
		r.entry, r.answer = parseEntry(reply, err)
		r.lease = c.granted(r, reply)
	}
	return requests
}

// newToken returns 128 random bits.
func newToken() string {
	token := make([]byte, 16)
	rand.Read(token) // which never fails
	return string(token)
}

// granted returns the lease that the reply to r grants, or nil.
func (c *Cache) granted(r *request, reply []any) *lease {
	if unanswered(r.answer) || len(reply) < 4 {
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

// giveBack removes the markers that requests left or may have left, behind the back of a caller who has left, or who
// got an error. If that fails too they run out. Since the caller's context may be done, it ends with the client's
// timeouts or the cache.
func (c *Cache) giveBack(ctx context.Context, requests []*request) {
	var stored []string
	var tokens []any
	for _, r := range requests {
		if unanswered(r.answer) || r.lease != nil && r.lease.marked {
			stored = append(stored, c.stored(r.key))
			tokens = append(tokens, r.token)
		}
	}
	if len(stored) == 0 {
		return
	}
	c.calls.Try(context.WithoutCancel(ctx), func(ctx context.Context) {
		c.runEach(ctx, releaseScript, stored, func(i int) []any { return tokens[i : i+1] })
	})
}
