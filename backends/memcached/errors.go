package memcached

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// layer names this cache in errors and statistics.
const layer = "memcached"

// ErrTooLarge is the cause of an error about a value that has more bytes than Options.MaxItemSize allows, or than the
// server does. A value that the cache refuses is not sent, and what was there before stays; the server deletes it.
var ErrTooLarge = errors.New("the value exceeds the item size limit")

var (
	// errReply is the cause of an error about a server that answered what no Memcached would.
	errReply = errors.New("unexpected reply")

	// errNoCAS is the cause of an error about a server that was started with -C, or a proxy in front of it.
	errNoCAS = errors.New("the server has no CAS, which leases and Remove need")
)

// fail returns the error of operation op: a bare answer, the context's if that is why there is none, ErrClosed after
// Close, or an *Error.
func (s *store) fail(ctx context.Context, op string, err error) error {
	if unanswered(err) {
		if done := calls.ContextError(ctx, err); done != nil {
			return done
		}
		if s.calls.Closed() {
			err = ctxcache.ErrClosed // which is why it was not answered
		}
	}
	if err == nil {
		return nil
	}
	return ctxcache.Fail(layer, op, discreet(err))
}

// answers are the errors that are no failure to talk to a server.
var answers = []error{
	ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported,
	ctxcache.ErrTTL, ctxcache.ErrKey, ErrTooLarge,
	memcache.ErrCacheMiss, memcache.ErrCASConflict, memcache.ErrNotStored, memcache.ErrNoServers,
	errReply, errNoCAS,
}

// unanswered reports whether err is none that a server answered with, nor found by us before it was asked: what the
// server did, if anything, is then unknown.
func unanswered(err error) bool {
	if err == nil || strings.Contains(err.Error(), unexpectedAnswer) {
		return false
	}
	for _, answer := range answers {
		if errors.Is(err, answer) {
			return false
		}
	}
	return true
}

// What gomemcache says before it repeats a line of the server in quotes.
const (
	unexpectedAnswer = "memcache: unexpected response line"
	unexpectedItem   = "memcache: unexpected line in get response"
)

// discreet returns err with a message that has neither key nor value in it, which a line of the server may have: only
// what the server calls an error stays. One about a value that is too large becomes ErrTooLarge.
func discreet(err error) error {
	message := err.Error()
	for _, words := range []string{unexpectedAnswer, unexpectedItem} {
		if !strings.HasPrefix(message, words) {
			continue
		}
		switch {
		case strings.Contains(message, `"SERVER_ERROR object too large for cache`):
			return fmt.Errorf("%w: %w", ErrTooLarge, err)
		case strings.Contains(message, `"SERVER_ERROR `), strings.Contains(message, `"CLIENT_ERROR `):
			return err
		}
		return &discreetError{message: words, cause: err}
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
