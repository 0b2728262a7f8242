package leases

import (
	"context"
	"crypto/rand"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Take asks for leases by op: send sends the requests, and returns them with their answers. Failure is why a request
// was not answered as GetEntry would be, or how. An error that Take returns is about the whole call.
//
// No lease is left behind that nobody knows of. A request whose answer did not arrive may have been granted all the
// same: it is passed to giveBack, which does not wait. So are all requests if the caller gives up, be it before their
// answers arrive.
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

// NewToken returns 128 random bits. A token is made before its lease is asked for, so that the lease can be given back
// even if its grant never arrives.
func NewToken() string {
	token := make([]byte, 16)
	rand.Read(token) // which never fails
	return string(token)
}
