package calls

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Backend is what all calls of one cache to its servers share: the goroutines that they run on, how long callers wait, how
// errors are made, and the counters. Its methods may be called concurrently.
type Backend struct {
	*Group
	Counts   Counts
	about    About
	breakers sync.Map // of the name of a server to its *breaker; "" if the backend does not know its servers
}

// About configures a Backend.
type About struct {
	Layer    string // the name of the cache in errors
	MaxCalls int    // the largest number of running calls that have a limit, or a context that can end
	Invalid  error  // the error of invalid options, which every call returns; or nil

	// Timeouts are how long callers wait: for a call that reads or asks for a lease, and for any other call. A call for
	// many keys may take a millisecond longer for each key. 0 and [ctxcache.NoExpiry] are no limit.
	Timeouts ctxcache.Timeouts

	// Unanswered reports whether err, which is not nil, leaves open what the server did. It returns false for an error
	// that the server answered, and for an error found before the server was asked.
	Unanswered func(err error) bool

	// Discreet returns err with a message that contains neither keys nor values. See [ctxcache.Discreet].
	Discreet func(err error) error
}

// NewBackend returns a Backend.
func NewBackend(about About) *Backend {
	for _, limit := range []*time.Duration{&about.Timeouts.Read, &about.Timeouts.Write} {
		if *limit == 0 {
			*limit = ctxcache.NoExpiry
		}
	}
	return &Backend{Group: NewGroup(about.MaxCalls), about: about}
}

// Timeouts returns how long callers wait.
func (b *Backend) Timeouts() ctxcache.Timeouts { return b.about.Timeouts }

// breakerOf returns the breaker of a server.
func (b *Backend) breakerOf(server string) *breaker {
	if known, ok := b.breakers.Load(server); ok {
		return known.(*breaker)
	}
	made, _ := b.breakers.LoadOrStore(server, new(breaker))
	return made.(*breaker)
}

// limit returns how long the caller of op waits. Keys is the number of keys in a call for many, and otherwise 0.
func (b *Backend) limit(op ctxcache.Operation, keys int) time.Duration {
	limit := b.about.Timeouts.Write
	if reads(op) {
		limit = b.about.Timeouts.Read
	}
	if extra := time.Duration(keys) * time.Millisecond; limit < ctxcache.NoExpiry-extra {
		return limit + extra
	}
	return ctxcache.NoExpiry
}

// reads reports whether op reads, or asks for a lease. Its caller can go on without an answer.
func reads(op ctxcache.Operation) bool {
	switch op {
	case ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpGetEntries, ctxcache.OpContains,
		ctxcache.OpGetLease, ctxcache.OpGetLeases, ctxcache.OpStats:
		return true
	}
	return false
}

// errSuspected is the error of a call that the breaker refuses.
var errSuspected = fmt.Errorf("%w: the calls before this one had none", ctxcache.ErrTimeout)

// Usable returns an error if no call can succeed now: the context is done, the options are invalid, or the cache is
// closed.
func (b *Backend) Usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.about.Invalid != nil {
		return b.about.Invalid
	}
	if b.Closed() {
		return ctxcache.ErrClosed
	}
	return nil
}

// Unanswered reports whether err leaves open what the server did. It returns false for nil.
func (b *Backend) Unanswered(err error) bool { return err != nil && b.about.Unanswered(err) }

// anyAnswered reports whether a server has answered one of the calls that ended with errs.
func (b *Backend) anyAnswered(errs iter.Seq[error]) bool {
	for err := range errs {
		if !b.Unanswered(err) {
			return true
		}
	}
	return false
}

// Fail returns the error of operation op if its call returned err. Answers, such as ErrMiss, are returned bare. If the
// server did not answer because ctx ended, the error is the context's; if it did not answer because of Close, the error
// is ErrClosed, and if it did not because of a limit of the client, ErrTimeout. Everything else becomes an *Error.
func (b *Backend) Fail(ctx context.Context, op ctxcache.Operation, err error) error {
	switch err {
	case nil, ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported:
		return err
	}
	if b.about.Unanswered(err) {
		if done := ContextError(ctx, err); done != nil {
			return done
		}
		switch {
		case b.Closed():
			err = ctxcache.ErrClosed // the reason why the server did not answer
		case errors.Is(err, context.DeadlineExceeded): // a limit of the client, and not the caller's
			err = fmt.Errorf("%w: %v", ctxcache.ErrTimeout, err)
		}
	}
	return &ctxcache.Error{Layer: b.about.Layer, Op: op, Err: b.about.Discreet(err)}
}

// FailMany returns the error of operation op if the keys in failed failed. It returns nil if failed is empty. If a key
// had no answer because ctx ended, it returns the context's error. Otherwise it returns a [*ctxcache.ManyError] with
// the error that Fail returns for each key. It changes failed.
func (b *Backend) FailMany(ctx context.Context, op ctxcache.Operation, failed map[string]error) error {
	for key, err := range failed {
		if b.about.Unanswered(err) {
			if done := ContextError(ctx, err); done != nil {
				return done
			}
		}
		failed[key] = b.Fail(ctx, op, err)
	}
	return ctxcache.NewManyError(failed)
}
