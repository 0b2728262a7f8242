package ctxcache

import (
	"context"
	"errors"
)

// The errors have no cause. [Discreet] makes them, so that [DiscreetText] shows their messages.
var (
	// ErrMiss: the cache has nothing under this key, or what it had has expired. Returned bare.
	ErrMiss = Discreet("cache miss", nil)

	// ErrNotFound: the cache knows that the source has no such thing. Do not ask the source again. A loader returns it
	// to say so. Returned bare.
	ErrNotFound = Discreet("not found at the source", nil)

	// ErrLeaseLost: the key was set, deleted or cleared since the lease was granted, or the lease ran out or
	// was already used. After a Fill, the value was not stored. Returned bare.
	ErrLeaseLost = Discreet("lease lost", nil)

	// ErrTTL: a negative duration, or one that the cache cannot represent, was given as a TTL or as refreshBelow.
	ErrTTL = Discreet("invalid TTL", nil)

	// ErrKey: the cache cannot have such a key: it is not equal to itself (NaN), cannot be hashed, or is
	// outside of what the store accepts.
	ErrKey = Discreet("invalid key", nil)

	// ErrCorrupt: something is stored under this key, but it cannot be understood: it does not decode, or it is of
	// another type. A loader treats it as a miss and overwrites it.
	ErrCorrupt = Discreet("corrupt entry", nil)

	// ErrValue: the cache cannot have such a value: it does not encode, or it is larger than the store allows. The next
	// try would fail, too.
	ErrValue = Discreet("invalid value", nil)

	// ErrRefused: the store has answered, and refuses to change the key, which keeps its old value: the store is read-only,
	// or lacks replicas, or the account may not. It is not an outage, because readers still get the old value.
	ErrRefused = Discreet("refused, so the old value stays", nil)

	// ErrTimeout: the servers did not answer within the time that the cache allows (see [Timeouts]), or did not answer the
	// calls before this one. The outcome of a write is then unknown. It is a [net.Error] whose Timeout is true. It is not
	// context.DeadlineExceeded, so nobody takes it for the end of the caller's own context.
	ErrTimeout error = timeoutError{}

	// ErrUnavailable: a layer refused the call at once, because earlier calls failed (see package layers/guarded). The cache
	// below was not asked, so nothing was read or changed.
	ErrUnavailable = Discreet("not asked, because earlier calls failed", nil)

	// ErrOverloaded: the call was refused at once, because as many calls run as are allowed. The cache was not asked, so
	// nothing was read or changed. The error of a cached function that has too many loads wraps it, too.
	ErrOverloaded = Discreet("not asked, because too many calls run", nil)

	// ErrClosed: the cache was closed before the call.
	ErrClosed = Discreet("cache is closed", nil)

	// ErrOptions: the cache was built from options that make no sense. Constructors return no error, so every
	// call returns this one, with the option's name in the message. The Validate method of the options returns it at once.
	ErrOptions = Discreet("invalid options", nil)
)

type timeoutError struct{}

func (timeoutError) Error() string   { return "no answer in time" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }

// Error is a failure of one operation in one layer. Layers above pass it on as it is, so the message stays one line
// however deep the stack: "redis get: connection refused".
// Neither keys nor values are part of it, since they may be personal.
type Error struct {
	Op    Operation // what was asked for
	Layer string    // the layer that failed: "memory", "redis", "encoded", ...
	Err   error     // the cause
}

// Error returns "layer op: cause".
func (e *Error) Error() string { return e.Layer + " " + string(e.Op) + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fail returns err as the [*Error] of op in layer. Errors that must not be wrapped come back as they are: nil, the bare
// answers (ErrMiss, ErrNotFound, ErrLeaseLost, errors.ErrUnsupported), the two errors of a context, and
// the error of a layer below, which already says where it happened.
func Fail(layer string, op Operation, err error) error {
	switch err {
	case nil, ErrMiss, ErrNotFound, ErrLeaseLost, errors.ErrUnsupported, context.Canceled, context.DeadlineExceeded:
		return err
	}
	switch err.(type) {
	case *Error, manyError:
		return err
	}
	return &Error{Op: op, Layer: layer, Err: err}
}

// isCorrupt reports whether err says that a stored value cannot be understood.
func isCorrupt(err error) bool { return err != nil && errors.Is(err, ErrCorrupt) }
