package layers

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// tally counts the operations of a [Stats] cache, each when it has ended.
type tally[K comparable] struct{ counters }

// Before reports whether ctx is done before the call begins.
func (t *tally[K]) Before(ctx context.Context, _ ctxcache.Call[K]) (context.Context, bool) {
	return ctx, ctx.Err() != nil
}

// After counts call. If done is true, its context was done before it began. GetLease counts as a read only if it is the
// first one. A call that panicked is not counted.
func (t *tally[K]) After(ctx context.Context, call ctxcache.Call[K], done bool, outcome ctxcache.Outcome) {
	err := outcome.Err
	if err == ctxcache.ErrUnreturned {
		return
	}
	switch call.Op {
	case ctxcache.OpGet, ctxcache.OpGetEntry:
		t.read(err, done)
		return
	case ctxcache.OpGetLease:
		if ctxcache.CountsAsRead(ctx) {
			t.read(err, done)
			return
		}
	case ctxcache.OpGetLeases:
		if ctxcache.CountsAsRead(ctx) {
			t.readMany(call, outcome)
		}
	case ctxcache.OpGetEntries:
		t.readMany(call, outcome)
	case ctxcache.OpContains:
		t.add(countTests, 1)
		t.damaged(err)
	case ctxcache.OpSet, ctxcache.OpSetEntry:
		t.add(countWrites, carriedOut[K](1, err))
	case ctxcache.OpSetEntries:
		t.add(countWrites, carriedOut[K](call.Len(), err))
	case ctxcache.OpFill:
		t.filled(1, err)
	case ctxcache.OpFillMany:
		t.filled(call.Len(), err)
	case ctxcache.OpDelete, ctxcache.OpRemove:
		t.add(countDeletes, carriedOut[K](1, err))
	case ctxcache.OpDeleteMany:
		t.add(countDeletes, carriedOut[K](distinct(call), err))
	case ctxcache.OpWatch:
		if ctx.Err() != nil { // the caller ended the Watch, which is not a failure
			return
		}
	}
	t.failed(err, done)
}

// filled counts the fills of n keys, which ended with err.
func (t *tally[K]) filled(n int, err error) {
	t.add(countWrites, carriedOut[K](n, err))
	t.add(countFillsLost, lost[K](n, err))
}

// read counts one value asked for, by its answer err. Done is as in failed.
func (t *tally[K]) read(err error, done bool) {
	switch err {
	case nil:
		t.add(countHits, 1)
	case ctxcache.ErrMiss:
		t.add(countMisses, 1)
	case ctxcache.ErrNotFound:
		t.add(countNegatives, 1)
	default:
		t.add(countUnanswered, 1)
		t.damaged(err)
		t.failed(err, done)
	}
}

// readMany counts the values that a call for many keys asked for.
func (t *tally[K]) readMany(call ctxcache.Call[K], outcome ctxcache.Outcome) {
	many, some := errors.AsType[*ctxcache.ManyError[K]](outcome.Err)
	if outcome.Err != nil && !some {
		t.add(countUnanswered, distinct(call))
		return
	}
	answered := outcome.Values + outcome.Negatives
	t.add(countHits, outcome.Values)
	t.add(countNegatives, outcome.Negatives)
	if some {
		t.add(countUnanswered, len(many.Failed))
		answered += len(many.Failed)
		for _, err := range many.Failed {
			t.damaged(err)
		}
	}
	if answered < call.Len() { // some keys were absent, or named twice
		t.add(countMisses, distinct(call)-answered)
	}
}

// carriedOut returns how many of n keys a call was carried out for, if the call ended with err. A call that failed as a
// whole counts for none, though it may have been carried out for some.
func carriedOut[K comparable](n int, err error) int {
	if err == nil {
		return n
	}
	if many, some := errors.AsType[*ctxcache.ManyError[K]](err); some {
		return n - len(many.Failed)
	}
	return 0
}

// lost returns how many of the fills of n keys stored nothing because their leases were lost.
func lost[K comparable](n int, err error) (lost int) {
	if err == ctxcache.ErrLeaseLost {
		return n
	}
	if many, some := errors.AsType[*ctxcache.ManyError[K]](err); some {
		for _, err := range many.Failed {
			if err == ctxcache.ErrLeaseLost {
				lost++
			}
		}
	}
	return lost
}

// damaged counts err, the error of one key that was read, if something damaged is stored there.
func (t *tally[K]) damaged(err error) {
	if err != nil && errors.Is(err, ctxcache.ErrCorrupt) {
		t.add(countCorrupt, 1)
	}
}

// failed counts err, if it is a failure. A ManyError counts once for each key that failed, but a call that was not
// answered in time is one call. If done is true, the context of the call was done before it began.
func (t *tally[K]) failed(err error, done bool) {
	if err == nil {
		return
	}
	if errors.Is(err, ctxcache.ErrTimeout) {
		t.add(countTimeouts, 1)
	}
	many, some := errors.AsType[*ctxcache.ManyError[K]](err)
	if !some {
		if isFailure(err, done) {
			t.add(countFailures, 1)
		}
		return
	}
	for _, err := range many.Failed {
		if isFailure(err, done) {
			t.add(countFailures, 1)
		}
	}
}

// isFailure reports whether err is a failure of the cache. A deadline that had passed before the call is not: the cache
// was not too slow.
func isFailure(err error, done bool) bool {
	switch err {
	case nil, ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, errors.ErrUnsupported:
		return false
	}
	return !errors.Is(err, context.Canceled) && (!done || !errors.Is(err, context.DeadlineExceeded))
}

// distinct returns how many different keys a call has.
func distinct[K comparable](call ctxcache.Call[K]) int {
	if call.Len() < 2 {
		return call.Len()
	}
	seen := make(map[K]struct{}, call.Len())
	unfit := 0
	for key := range call.Keys() {
		if ctxcache.CheckKey(key) != nil { // no map can have it
			unfit++
			continue
		}
		seen[key] = struct{}{}
	}
	return len(seen) + unfit
}

// stats returns the counters since the last reset.
func (t *tally[K]) stats() ctxcache.Stats {
	s := ctxcache.Stats{
		Tests:     t.sum(countTests),
		Hits:      t.sum(countHits),
		Negatives: t.sum(countNegatives),
		Misses:    t.sum(countMisses),
		Writes:    t.sum(countWrites),
		Deletes:   t.sum(countDeletes),
		Errors:    t.sum(countFailures),
		Corrupt:   t.sum(countCorrupt),
		Timeouts:  t.sum(countTimeouts),
		FillsLost: t.sum(countFillsLost),
		Entries:   -1,
	}
	s.Reads = s.Hits + s.Negatives + s.Misses + t.sum(countUnanswered)
	return s
}
