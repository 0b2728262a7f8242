package leases

import (
	"context"
	"crypto/rand"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Take asks for leases by operation op. Send sends the requests and returns them with their answers. Take returns the
// requests. Failure is the error of a request: its answer, such as ErrMiss, or the reason why the answer is missing. An
// error that Take returns is about the whole call.
//
// Take leaves no lease behind that nobody knows of. A request without an answer may have been granted all the same, so
// Take passes it to giveBack. If the caller leaves, before or after the answers arrive, Take passes all requests to
// giveBack. GiveBack must not wait.
func Take[R interface{ Failure() error }](
	ctx context.Context, backend *calls.Backend, op ctxcache.Operation,
	send func(context.Context) ([]R, error), giveBack func([]R),
) ([]R, error) {
	requests, err := calls.Call(ctx, backend, op, send, giveBack)
	if err != nil {
		return nil, err
	}
	var unknown []R
	for _, r := range requests {
		if err := r.Failure(); backend.Unanswered(err) {
			if done := calls.ContextError(ctx, err); done != nil {
				giveBack(requests)
				return nil, done
			}
			unknown = append(unknown, r)
		}
	}
	giveBack(unknown)
	return requests, nil
}

// NewToken returns 16 random bytes. A token is made before its lease is asked for, so that the lease can be given back
// even if the answer never arrives.
func NewToken() string {
	token := make([]byte, 16)
	rand.Read(token) // never fails
	return string(token)
}
