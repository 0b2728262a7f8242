package layers

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// publishing publishes what calls have changed. The state of a call is whether its context was done from the beginning.
type publishing[K comparable] struct {
	publisher ctxcache.Publisher
	storedKey func(key any) any
}

// Before refuses a change of a key that the channel does not have: nobody would hear of it.
func (p *publishing[K]) Before(ctx context.Context, call ctxcache.Call[K]) (context.Context, bool, error) {
	if !changes(call.Op) || ctx.Err() != nil {
		return ctx, ctx.Err() != nil, nil
	}
	for key := range keysOf(call) {
		if p.storedKey(key) == nil {
			return ctx, false, ctxcache.Fail(kindPublished, call.Op, errNotPublished)
		}
	}
	return ctx, false, nil
}

var errNotPublished = fmt.Errorf("%w: the channel does not have it", ctxcache.ErrKey)

// After publishes what call has changed, or may have changed.
func (p *publishing[K]) After(ctx context.Context, call ctxcache.Call[K], idle bool, outcome ctxcache.Outcome) error {
	if idle || !changes(call.Op) {
		return outcome.Err
	}
	var events []ctxcache.Event
	changed := make(map[K]error) // with the errors of inner
	if call.Op == ctxcache.OpClear {
		if !changesNothing(outcome.Err) {
			events = append(events, ctxcache.Event{All: true})
		}
	} else {
		for key := range keysOf(call) {
			if err := ctxcache.KeyError(outcome.Err, key); !changesNothing(err) {
				changed[key] = err
				events = append(events, ctxcache.Event{Key: own.Copy(p.storedKey(key))}) // publish may outlive the call
			}
		}
	}
	if len(events) == 0 {
		return outcome.Err
	}
	err := p.publish(ctx, events)
	switch {
	case err == nil || isContext(outcome.Err):
		return outcome.Err
	case ctx.Err() != nil && err == ctx.Err():
		return err
	}
	unpublished := unpublishedError{err}
	if !call.Op.Many() {
		return failed(call.Op, outcome.Err, unpublished)
	}
	errs := make(map[K]error, len(changed))
	if many, some := errors.AsType[*ctxcache.ManyError[K]](outcome.Err); some {
		maps.Copy(errs, many.Failed)
	}
	for key, err := range changed {
		errs[key] = failed(call.Op, err, unpublished)
	}
	return ctxcache.NewManyError(errs)
}

// publish publishes events. If ctx ends, publish returns its error, and the publication goes on.
func (p *publishing[K]) publish(ctx context.Context, events []ctxcache.Event) error {
	// The change is made, so it must be published, even if its caller has left.
	alive := context.WithoutCancel(ctx)
	if ctx.Done() == nil {
		return p.publisher.Publish(alive, events...)
	}
	ended := make(chan publication, 1)
	go func() { // it ends when the channel's own limit does
		result := publication{err: ctxcache.ErrUnreturned}
		defer func() {
			result.panicked = recover()
			ended <- result
		}()
		result.err = p.publisher.Publish(alive, events...)
	}()
	select {
	case result := <-ended:
		if result.panicked != nil {
			panic(result.panicked)
		}
		return result.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// publication is the result of a Publish. A panic is for the caller, and for nobody if the caller has left: the process goes on.
type publication struct {
	err      error
	panicked any
}

// changes reports whether op changes values.
func changes(op ctxcache.Operation) bool {
	switch op {
	case ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpSetEntries, ctxcache.OpFill, ctxcache.OpFillMany, ctxcache.OpDelete,
		ctxcache.OpDeleteMany, ctxcache.OpRemove, ctxcache.OpDrop, ctxcache.OpClear:
		return true
	}
	return false
}

// keysOf yields the keys of a call that changes values. A Clear has none.
func keysOf[K comparable](call ctxcache.Call[K]) func(yield func(K) bool) {
	switch {
	case call.Op.Many():
		return call.Keys()
	case call.Op == ctxcache.OpClear:
		return func(func(K) bool) {}
	}
	return func(yield func(K) bool) { yield(call.Key) }
}

// refusals are errors of calls that have done nothing. ErrLeaseLost is not one of them: a Fill that was sent twice may
// have stored its value the first time. Neither is ErrClosed, which may have ended a call under way.
var refusals = []error{
	ctxcache.ErrTTL, ctxcache.ErrKey, ctxcache.ErrOptions, ctxcache.ErrUnavailable, ctxcache.ErrOverloaded, errors.ErrUnsupported,
}

func changesNothing(err error) bool {
	for _, refusal := range refusals {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

func isContext(err error) bool { return err == context.Canceled || err == context.DeadlineExceeded }

// failed returns the error of a call that was not published. Err is inner's error, or nil.
func failed(op ctxcache.Operation, err error, unpublished unpublishedError) error {
	if err == nil {
		return ctxcache.Fail(kindPublished, op, unpublished)
	}
	return &ctxcache.Error{Layer: kindPublished, Op: op, Err: fmt.Errorf("%w; %w", err, unpublished)}
}

// unpublishedError says that a change was made and not published.
type unpublishedError struct{ cause error }

func (e unpublishedError) Error() string {
	return "the change was made, but other processes may not hear of it: " + e.cause.Error()
}

// Unwrap returns the cause, unless that is an error by which callers recognize a call that has done nothing.
func (e unpublishedError) Unwrap() error {
	if changesNothing(e.cause) || errors.Is(e.cause, ctxcache.ErrClosed) {
		return nil
	}
	return e.cause
}
