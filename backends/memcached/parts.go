package memcached

import (
	"context"
	"errors"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// ask is what to do with each part of a call for many keys.
type ask struct {
	do   func(p *part) *answer
	left func(p *part)            // if the caller leaves before the answer; must not wait; may be nil
	late func(p *part, a *answer) // with that answer; may be nil
}

// answer is the answer to a part, with a place for each of its keys.
type answer struct {
	items []*memcache.Item // of a call that reads
	errs  []error
	left  error // if it is not nil, there is no answer, for this reason
}

// inParts asks for all parts at once, each by a call of op. It sets errs, the errors of the keys of the whole call, and
// returns the answers. A part without an answer in time fails alone, as does one that could not be sent.
func (s *store) inParts(ctx context.Context, op ctxcache.Operation, parts []*part, errs []error, ask ask) []*answer {
	answers := make([]*answer, len(parts))
	forEach(parts, func(n int, p *part) {
		a, err := calls.Task[*answer]{
			Op: op, Keys: len(p.at), Server: p.server,
			Run: func(context.Context) (*answer, error) {
				a := ask.do(p)
				return a, s.unansweredOf(a.errs)
			},
			Left: func() {
				p.left.Store(true)
				if ask.left != nil {
					ask.left(p)
				}
			},
			Late: func(a *answer) {
				if ask.late != nil {
					ask.late(p, a)
				}
			},
		}.Do(ctx, s.calls)
		if a == nil {
			a = &answer{left: err, errs: make([]error, len(p.at))}
			for i := range a.errs {
				a.errs[i] = cause(err)
			}
		}
		answers[n] = a
	})
	for n, p := range parts {
		for k, i := range p.at {
			errs[i] = answers[n].errs[k]
		}
	}
	return answers
}

// unansweredOf returns the first error that leaves open what the server did, or nil.
func (s *store) unansweredOf(errs []error) error {
	for _, err := range errs {
		if err := reply(err); s.calls.Unanswered(err) {
			return err
		}
	}
	return nil
}

// cause returns the cause of err if it is an *Error: each key gets one of its own.
func cause(err error) error {
	if failure, ok := errors.AsType[*ctxcache.Error](err); ok {
		return failure.Err
	}
	return err
}

// isDone reports whether err is the bare error of a context that has ended, which is about the whole call.
func isDone(err error) bool { return err == context.Canceled || err == context.DeadlineExceeded }

// failMany returns the error of op if keys have these errors.
func (s *store) failMany(ctx context.Context, op ctxcache.Operation, keys []string, errs []error) error {
	failed := make(map[string]error)
	for i, err := range errs {
		if err != nil {
			failed[keys[i]] = err
		}
	}
	return s.calls.FailMany(ctx, op, failed)
}
