package calls

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// Backend is what all calls of one cache to its servers have in common: the goroutines that they run on, and how they
// fail. All methods may be called concurrently.
type Backend struct {
	*Group
	about About
}

// About describes a Backend.
type About struct {
	Layer    string // names the cache in errors
	MaxCalls int    // bounds the calls at a time whose context can end
	Invalid  error  // of the options: every call's error

	// Unanswered reports whether err, which is not nil, leaves open what the server did. It does not for what the server
	// answered, nor for what was found before the server was asked.
	Unanswered func(err error) bool

	// Discreet returns err with a message that has neither key nor value in it, see [ctxcache.Discreet].
	Discreet func(err error) error
}

// NewBackend returns a Backend.
func NewBackend(about About) *Backend {
	return &Backend{Group: NewGroup(about.MaxCalls), about: about}
}

// Usable returns why a call fails whatever it is about: a done context, bad options, a closed cache.
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

// Unanswered reports whether err leaves open what the server did.
func (b *Backend) Unanswered(err error) bool { return err != nil && b.about.Unanswered(err) }

// Fail returns the error of op for what a call of it returned: a bare answer, the context's error if that kept the
// server from answering, ErrClosed after Close, or an *Error.
func (b *Backend) Fail(ctx context.Context, op ctxcache.Operation, err error) error {
	switch err {
	case nil, ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported:
		return err
	}
	if b.about.Unanswered(err) {
		if done := ContextError(ctx, err); done != nil {
			return done
		}
		if b.Closed() {
			err = ctxcache.ErrClosed // which is why it was not answered
		}
	}
	return &ctxcache.Error{Layer: b.about.Layer, Op: op, Err: b.about.Discreet(err)}
}

// FailMany returns the error of op for the keys in failed: a [*ctxcache.ManyError], in which each failed as by Fail, nil if
// failed is empty, or the context's error if that kept one of them from being answered. It changes failed.
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
