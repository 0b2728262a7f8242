package rediscache

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// layer names this cache in errors and statistics.
const layer = "redis"

var (
	// errReply is the cause of an error about a server that answered what no Redis would.
	errReply = errors.New("unexpected reply")

	// errWrongType is the cause of an error about a key that holds something else than what this cache stores.
	errWrongType = fmt.Errorf("%w: the key holds another type than a string, and nothing of this cache", ctxcache.ErrCorrupt)
)

// fail returns the error of operation op: a bare answer, the context's if that is why there is none, ErrClosed after
// Close, or an *Error.
func (c *Cache) fail(ctx context.Context, op string, err error) error {
	switch err {
	case nil, ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported:
		return err
	}
	if unanswered(err) {
		if done := calls.ContextError(ctx, err); done != nil {
			return done
		}
		if c.calls.Closed() {
			err = ctxcache.ErrClosed // which is why it was not answered
		}
	}
	return &ctxcache.Error{Layer: layer, Op: op, Err: discreet(err)}
}

// unanswered reports whether err is none that the server answered with, nor found by us before it was asked: what the
// server did, if anything, is then unknown.
func unanswered(err error) bool {
	switch err {
	case nil, ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrTTL, errWrongType:
		return false
	}
	var answer redis.Error
	return !errors.As(err, &answer)
}

// revealing are the words after which a message repeats keys or values: Redis repeats the arguments of a
// command that it does not know, and go-redis a reply that it cannot parse.
var revealing = []string{
	", with args beginning with:",
	"redis: can't parse",
	"redis: invalid reply",
	"redis: can't read raw reply",
}

// discreet returns err with a message that has neither key nor value in it.
func discreet(err error) error {
	message := err.Error()
	for _, words := range revealing {
		if before, _, found := strings.Cut(message, words); found {
			return &discreetError{message: before + words + " ...", cause: err}
		}
	}
	return err
}

// discreetError is an error that tells less than its cause.
type discreetError struct {
	message string
	cause   error
}

func (e *discreetError) Error() string { return e.message }

func (e *discreetError) Unwrap() error { return e.cause }
