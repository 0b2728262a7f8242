package leases

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Request asks for a lease on one key, and takes the answer.
type Request interface {
	// Failure returns the answer if it is an error, such as ErrMiss, or the reason why the answer is missing.
	Failure() error
}

// Take sends requests to a server, or to all servers if its name is "", by operation op. Send fills in their answers. An
// error that Take returns is about the whole call.
//
// Take leaves no lease behind that nobody knows of. A request without an answer may have been granted all the same, so
// Take passes it to giveBack. A refused request may have been granted, too: see [Known]. If the caller leaves before the
// answers arrive, Take passes all requests to giveBack twice: at once, because the grants may be on the server already,
// and again when the answers have come, because the grants may have arrived after the first time. GiveBack must not wait,
// and must not look at answers before they have come: see answered.
func Take[R Request](
	ctx context.Context, backend *calls.Backend, op ctxcache.Operation, server string, requests []R,
	send func(context.Context, []R) error, giveBack func(requests []R, answered bool),
) error {
	_, err := calls.Task[struct{}]{
		Op: op, Keys: keys(op, requests), Server: server,
		Run: func(ctx context.Context) (struct{}, error) { return struct{}{}, send(ctx, requests) },
		Answered: func(struct{}) bool {
			return slices.ContainsFunc(requests, func(r R) bool { return !backend.Unanswered(r.Failure()) })
		},
		Left: func() { giveBack(requests, false) },
		Late: func(struct{}) { giveBack(requests, true) },
	}.Do(ctx, backend)
	if err != nil {
		return err
	}
	var unknown []R
	for _, r := range requests {
		err := r.Failure()
		if Known(err) {
			continue
		}
		if backend.Unanswered(err) {
			if done := calls.ContextError(ctx, err); done != nil {
				giveBack(requests, true)
				return done
			}
		}
		unknown = append(unknown, r)
	}
	giveBack(unknown, true)
	return nil
}

// Known reports whether a request that ends with err shows whether the lease was granted: err is an answer about the key.
// After any other answer there may be a lease that nobody knows of. The reply that granted it may be lost, and the server may have refused
// the same request when the client library repeated it. Or the server has refused only a part of the request.
func Known(err error) bool {
	return err == nil || err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound || errors.Is(err, ctxcache.ErrCorrupt)
}

// keys returns the number of keys of a call for many, and otherwise 0.
func keys[R any](op ctxcache.Operation, requests []R) int {
	if op.Many() {
		return len(requests)
	}
	return 0
}

// NewToken returns 16 random bytes. A token is made before its lease is asked for, so that the lease can be given back
// even if the answer never arrives.
func NewToken() string {
	token := make([]byte, 16)
	rand.Read(token) // never fails
	return string(token)
}
