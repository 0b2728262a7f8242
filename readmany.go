package cached

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// look is one read of many keys.
type look[K comparable, V any] struct {
	entries map[K]ctxcache.Entry[V] // or, if the call needs no more than values:
	values  map[K]V
	absent  map[K]bool // the keys that have negative entries

	err       error
	errs      manyErrors[K] // what err says about each key
	again     bool          // the call has read these keys before
	refreshes *batch[K, V]  // of what is due; may be nil
}

// hitsAll reports whether the values belong to exactly these keys.
func (l *look[K, V]) hitsAll(keys []K) bool {
	if l.err != nil || len(l.values) != len(keys) {
		return false
	}
	for _, key := range keys {
		if _, hit := l.values[key]; !hit {
			return false
		}
	}
	return true
}

// look reads keys within limit, or without one if limit is 0. The caller closes the batch of refreshes. An error is the
// context's.
func (g *getting[K, V]) look(ctx context.Context, keys []K, limit time.Duration) (seen *look[K, V], err error) {
	f := g.f
	alone := f.values != nil && g.asked.notBefore.IsZero()
	if limit == 0 {
		seen = f.look(ctx, keys, alone)
	} else {
		keys = own.Copy(keys) // the read may outlive the call
		seen, err = inTime(ctx, f, ctxcache.OpGetEntries, limit, func(ctx context.Context) (*look[K, V], error) {
			return f.look(ctx, keys, alone), nil
		}, nil)
	}
	if gone := ctx.Err(); gone != nil {
		return nil, gone
	}
	if err != nil {
		seen = &look[K, V]{err: err}
	}
	seen.errs = errorsOf[K](seen.err).together()
	if f.fresh != nil {
		seen.refreshes = f.newBatch()
	}
	return seen, nil
}

// look reads keys: their values alone, which is faster, or the entries.
func (f *Function[K, V]) look(ctx context.Context, keys []K, alone bool) *look[K, V] {
	seen := new(look[K, V])
	if !alone {
		seen.entries, seen.err = f.cache.GetEntries(ctx, keys)
		return seen
	}
	var negative []K
	seen.values, negative, seen.err = f.values.GetValues(ctx, keys)
	if len(negative) > 0 {
		seen.absent = make(map[K]bool, len(negative))
	}
	for _, key := range negative {
		seen.absent[key] = true
	}
	return seen
}
