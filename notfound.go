package cached

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
)

// notFoundError is ctxcache.ErrNotFound and Options.NotFound in one error. It prints text alone, which is one of the errors in
// all: the loader's own error, or for a negative entry NotFound.
type notFoundError struct {
	text error
	all  []error
}

func (e *notFoundError) Error() string   { return e.text.Error() }
func (e *notFoundError) Unwrap() []error { return e.all }

// negative returns the error of a call that finds a negative entry: a bare ErrNotFound, or with Options.NotFound an error
// that is both.
func (o *Options) negative() error {
	if o.NotFound == nil {
		return ctxcache.ErrNotFound
	}
	return o.both(o.NotFound)
}

// both returns err, which says that the source has no such thing, as an error that is also ErrNotFound and
// Options.NotFound.
func (o *Options) both(err error) error {
	all := []error{err}
	if !errors.Is(err, ctxcache.ErrNotFound) {
		all = append(all, ctxcache.ErrNotFound)
	}
	if o.NotFound != nil && !errors.Is(err, o.NotFound) {
		all = append(all, o.NotFound)
	}
	if len(all) == 1 {
		return err
	}
	return &notFoundError{err, all}
}

// isNotFound reports whether err, the error of a loader, says that the source has no such thing. An error that also
// says that a part of the answer is missing does not: the thing may be in that part. It is the error of a load that has
// failed.
func (o *Options) isNotFound(err error) bool {
	switch err {
	case nil:
		return false
	case ctxcache.ErrNotFound:
		return true
	}
	return o.says(err) && !o.isPartial(err)
}

// says reports whether err is ErrNotFound or Options.NotFound, or Options.IsNotFound says so, whatever else it is.
func (o *Options) says(err error) bool {
	return errors.Is(err, ctxcache.ErrNotFound) || o.NotFound != nil && errors.Is(err, o.NotFound) ||
		o.IsNotFound != nil && o.IsNotFound(err)
}

// isPartial reports whether a part of the answer is missing, according to err or an error that it wraps: a context has
// ended, a time is over, a load has panicked or not begun, or one of several errors does not say "not found".
func (o *Options) isPartial(err error) bool {
	switch err {
	case context.Canceled, context.DeadlineExceeded, ErrLoadTimeout, ErrGoexit, ErrRecursiveLoad:
		return true
	}
	switch err := err.(type) {
	case *PanicError, *batchError:
		return true
	case interface{ Timeout() bool }:
		if err.Timeout() {
			return true
		}
	}
	switch wrapper := err.(type) {
	case interface{ Unwrap() error }:
		inner := wrapper.Unwrap()
		return inner != nil && o.isPartial(inner)
	case interface{ Unwrap() []error }:
		for _, part := range wrapper.Unwrap() {
			if part != nil && (!o.says(part) && !isOneError(err) || o.isPartial(part)) {
				return true
			}
		}
	}
	return false
}

// isOneError reports whether err, which wraps several errors, is about one thing that has several names, such as
// fmt.Errorf("%w: %w", errNoUser, sql.ErrNoRows). Other such errors, as of errors.Join or *ctxcache.ManyError, are about
// several things.
func isOneError(err error) bool {
	_, ours := err.(*notFoundError)
	return ours || reflect.TypeOf(err) == wrapsTwo
}

var wrapsTwo = reflect.TypeOf(fmt.Errorf("%w: %w", ctxcache.ErrMiss, ctxcache.ErrNotFound)) // whatever the errors are
