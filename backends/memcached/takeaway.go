package memcached

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// A store that fails must not leave the old value behind: its caller knows that the value has changed, and everybody else
// would go on reading the old one. And set is the one command that nothing fences: if it arrives after a later Delete, it
// brings its value back. So after every Set that failed, or whose outcome is not known, the key is deleted.

// takeAway deletes a key whose new value was not stored, or may have been. Failure is the reason. It returns failure, and
// with it the error of the deletion if that failed, too.
func (s *store) takeAway(stored string, failure error) error {
	if unsent(failure) {
		return s.tookAway(stored, failure, failure) // do not try to reach the server a second time
	}
	return s.tookAway(stored, failure, s.delete(stored))
}

// tookAway is the end of takeAway, after a deletion that ended with err.
func (s *store) tookAway(stored string, failure, err error) error {
	if err != nil || mayArrive(failure) {
		s.again.delete(stored)
	}
	if err == nil || unsent(failure) {
		return failure
	}
	if refuses(err) && !mayArrive(failure) {
		return fmt.Errorf("%w: %w; %w", ctxcache.ErrRefused, discreet(failure), discreet(err))
	}
	both := fmt.Errorf("%w; the old value may still be there: %w", discreet(failure), discreet(err))
	if errors.Is(failure, ctxcache.ErrValue) { // found here: discreet makes a server's answer one
		return &unfitError{both, err}
	}
	return both
}

// unfitError is the error about a value that was not sent, because it is unfit, and whose key could not be deleted.
type unfitError struct {
	error
	deletion error
}

func (e *unfitError) Unwrap() error { return e.error }

// reply returns the part of err, which may be nil, that says whether the server answered.
func reply(err error) error {
	if unfit, ok := errors.AsType[*unfitError](err); ok {
		return unfit.deletion
	}
	return err
}

// takeAwayFailed is takeAway for the keys of a part that failed. It adds the errors of deletions to the answer.
func (s *store) takeAwayFailed(p *part, a *answer) {
	var places []int
	var stored []string
	var unreached error
	for k, err := range a.errs {
		if err == nil || err == context.Canceled { // takeAwayLater deletes the keys that were not sent
			continue
		}
		places, stored = append(places, k), append(stored, p.stored[k])
		if unsent(err) {
			unreached = err
		}
	}
	deleted := s.deleteAll(stored, func() error { return unreached })
	for n, k := range places {
		a.errs[k] = s.tookAway(stored[n], a.errs[k], deleted[n])
	}
}

// takeAwayLater deletes keys of one server whose caller has left, on a goroutine of the cache. If too many calls run, it
// deletes them when the client's timeout has passed.
func (s *store) takeAwayLater(ctx context.Context, stored []string) {
	if s.calls.Try(context.WithoutCancel(ctx), func(context.Context) { s.takeAwayLanded(stored) }) {
		return
	}
	for _, key := range stored {
		s.again.delete(key)
	}
}

// takeAwayLanded deletes keys of one server whose caller has left. Nobody is left to return an error to.
func (s *store) takeAwayLanded(stored []string) {
	for i, err := range s.deleteAll(stored, goOn) {
		if err != nil {
			s.again.delete(stored[i])
		}
	}
}

// notSent is for a store that ended with err before anything was sent: the server does not answer, or too many other
// calls are waiting for the servers. It is a store that failed, like any other, so the old values must not stay. They are
// taken away later, when the server may answer. A call whose context has ended leaves everything as it is.
func (s *store) notSent(err error, stored ...string) {
	if errors.Is(err, ctxcache.ErrTimeout) {
		for _, key := range stored {
			s.again.delete(key)
		}
	}
}

// deleteAll deletes the stored keys of one server, one after the other, and returns the error of each.
func (s *store) deleteAll(stored []string, stop func() error) []error {
	errs := make([]error, len(stored))
	s.each(inTurn, errs, stop, func(i int) error { return s.delete(stored[i]) })
	return errs
}
