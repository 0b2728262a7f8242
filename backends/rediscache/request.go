package rediscache

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
	"github.com/ctxcache/cached/internal/leases"
)

// request is a request for a lease on one key, with its answer.
type request struct {
	key    string      // a copy of the caller's: see stored
	token  string      // made before the request is sent: (2) in lease.go
	sent   atomic.Bool // whether the request may have been sent
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

// mayRequest returns the error of op if no lease can be asked for, because of a mistake or the client.
func (c *Cache) mayRequest(ctx context.Context, op ctxcache.Operation, refreshBelow time.Duration) error {
	if !c.caps.Has(ctxcache.CapLease) {
		return c.reject(ctx, op, errors.ErrUnsupported)
	}
	if err := ctxcache.CheckTTL(refreshBelow); err != nil {
		return c.reject(ctx, op, err)
	}
	return nil
}

// request asks a server for leases on keys by op, in one round trip. Renewal of the granted leases begins. An error is
// about the whole call.
func (c *Cache) request(
	ctx context.Context, op ctxcache.Operation, part calls.Part, refreshBelow time.Duration,
) ([]*request, error) {
	requests := make([]*request, len(part.Keys))
	for i, key := range part.Keys {
		requests[i] = &request{key: key, token: leases.NewToken()}
	}
	err := leases.Take(ctx, c.calls, op, part.Server, requests, func(ctx context.Context, requests []*request) error {
		if err := c.learnSlots(ctx); err != nil {
			return err
		}
		c.ask(ctx, requests, refreshBelow)
		return nil
	}, func(requests []*request, answered bool) { c.giveBack(ctx, requests, answered) })
	if err != nil {
		return nil, err
	}
	c.renew(ctx, requests)
	return requests, nil
}

// requestOne is request for one key.
func (c *Cache) requestOne(
	ctx context.Context, op ctxcache.Operation, key string, refreshBelow time.Duration,
) ([]*request, error) {
	if err := c.mayRequest(ctx, op, refreshBelow); err != nil {
		return nil, err
	}
	key = strings.Clone(key) // see stored
	if c.channel.needs(c.stored(key)) {
		return nil, c.reject(ctx, op, errChannelKey)
	}
	return c.request(ctx, op, calls.Part{Server: c.serverOf(ctx, c.stored(key)), Keys: []string{key}}, refreshBelow)
}

// requestEach is request for the keys of several servers. If a server does not answer, the errors of its keys are in
// failed. An error is about the whole call.
func (c *Cache) requestEach(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (requests []*request, failed map[string]error, err error) {
	const op = ctxcache.OpGetLeases
	if err := c.mayRequest(ctx, op, refreshBelow); err != nil {
		return nil, nil, err
	}
	ctx, parts, err := c.parts(ctx, op, keys)
	if err != nil {
		return nil, nil, err
	}
	if len(parts) == 0 {
		parts = []calls.Part{{}} // for the errors of a call without keys
	}
	if len(parts) == 1 {
		requests, err = c.request(ctx, op, parts[0], refreshBelow)
		return requests, make(map[string]error), err
	}
	answers, errs := make([][]*request, len(parts)), make([]error, len(parts))
	var all calls.Together
	for i, part := range parts {
		all.Go(func() { answers[i], errs[i] = c.request(ctx, op, part, refreshBelow) })
	}
	all.Wait()
	failed = make(map[string]error)
	for i, err := range errs {
		requests = append(requests, answers[i]...)
		for _, key := range parts[i].Keys {
			if err != nil {
				failed[key] = err
			}
		}
	}
	if whole := c.calls.Usable(ctx); whole != nil {
		for _, r := range requests {
			r.lease.stop() // nobody will spend it
		}
		c.giveBack(ctx, requests, true)
		return nil, nil, ctxcache.Fail(layer, op, whole)
	}
	return requests, failed, nil
}

// ask sends requests, and fills in their answers.
func (c *Cache) ask(ctx context.Context, requests []*request, refreshBelow time.Duration) {
	below := ""
	if refreshBelow != ctxcache.NoExpiry {
		below = strconv.FormatInt(refreshBelow.Milliseconds(), 10)
	}
	grants := make([]scriptCall, len(requests))
	for i, r := range requests {
		args := []any{sent{[]byte(r.token), &r.sent}, c.options.LeaseTTL.Milliseconds(), below}
		grants[i] = scriptCall{script: leaseScript, stored: c.stored(r.key), args: args}
	}
	for i, answer := range c.runAll(ctx, grants) {
		r := requests[i]
		reply, err := answer.Slice()
		if lacksScripts(err) {
			err = fmt.Errorf("leases need scripts, which the server refuses: %w", err)
		}
		r.entry, r.answer = parseEntry(reply, err)
		r.lease = c.granted(r, reply)
	}
}

// granted returns the lease that the reply to r grants, or nil.
func (c *Cache) granted(r *request, reply []any) *lease {
	if c.calls.Unanswered(r.answer) || len(reply) < 4 {
		return nil
	}
	grant, _ := reply[3].([]any)
	l := &lease{cache: c, stored: c.stored(r.key)}
	switch {
	case len(grant) == 2 && grant[0] == "marker":
		l.token, l.proof = r.token, []any{r.token, grant[1]}
	case len(grant) == 3 && grant[0] == "fence": // of an entry
		l.proof = []any{content(r.entry), grant[1], reply[2], grant[2]}
	case len(grant) == 4 && grant[0] == "fence": // of a key that this cache did not write
		l.proof = []any{grant[3], grant[1], reply[2], grant[2]}
	default:
		return nil
	}
	return l
}

// content returns what the function of the same name in fence.lua returns for an entry.
func content(e ctxcache.Entry[[]byte]) string {
	if e.Absent {
		return "n"
	}
	// Redis has no better hash. Nobody gains anything by a collision who could not write the key anyway.
	hash := sha1.Sum(e.Value)
	return "s" + hex.EncodeToString(hash[:])
}

// giveBack removes the markers that requests left or may have left, after the caller has left or got an error. It does
// not wait for the server. If it fails, the markers run out. It does not use the end of ctx, which may be done: the
// client's timeouts and Close end it. It is for the lost replies of (2) in lease.go. Before the requests are answered, it
// does not know which of them leave a marker. A request that was not sent by then leaves none.
func (c *Cache) giveBack(ctx context.Context, requests []*request, answered bool) {
	var releases []scriptCall
	for _, r := range requests {
		if !r.sent.Load() || answered && lacksScripts(r.answer) { // it would refuse the release, too
			continue
		}
		if !answered || !leases.Known(r.answer) || r.lease != nil && r.lease.marked() {
			const seal = "" // the token alone serves
			release := scriptCall{script: releaseScript, stored: c.stored(r.key), args: []any{r.token, seal}}
			releases = append(releases, c.channel.publishing(release))
		}
	}
	if len(releases) == 0 {
		return
	}
	c.calls.Try(context.WithoutCancel(ctx), func(ctx context.Context) { c.runEach(ctx, releases) })
}
