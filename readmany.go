package cached

import (
	"context"
	"errors"
	"maps"

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
	reported  bool          // one error of all keys is one failure of the cache
	refreshes *batch[K, V]  // of what is due
}

// look reads keys. The caller closes the batch of refreshes. An error is the context's.
func (g *getting[K, V]) look(ctx context.Context, keys []K) (*look[K, V], error) {
	f, read := g.f, g.f.lookForEntries
	if f.values != nil && g.asked.notBefore.IsZero() {
		read = f.lookForValues
	}
	if f.limits.read > 0 {
		keys = own.Copy(keys) // the read may outlive the call
	}
	seen, err := limited(ctx, f, ctxcache.OpGetEntries, f.limits.read, func(ctx context.Context) (*look[K, V], error) {
		return read(ctx, keys), nil
	}, nil)
	if gone := ctx.Err(); gone != nil {
		return nil, gone
	}
	if err != nil {
		seen = &look[K, V]{err: err}
	}
	seen.errs, seen.refreshes = errorsOf[K](seen.err), f.newBatch()
	return seen, nil
}

func (f *Function[K, V]) lookForEntries(ctx context.Context, keys []K) *look[K, V] {
	entries, err := f.cache.GetEntries(ctx, keys)
	return &look[K, V]{entries: entries, err: err}
}

// lookForValues reads values without their lives, which is faster.
func (f *Function[K, V]) lookForValues(ctx context.Context, keys []K) *look[K, V] {
	values, negative, err := f.values.GetValues(ctx, keys)
	seen := &look[K, V]{values: values, err: err}
	if len(negative) > 0 {
		seen.absent = make(map[K]bool, len(negative))
	}
	for _, key := range negative {
		seen.absent[key] = true
	}
	return seen
}

// manyErrors are the errors of a call for many keys.
type manyErrors[K comparable] struct {
	whole error // of all keys
	each  map[K]error
}

func errorsOf[K comparable](err error) manyErrors[K] {
	if many, ok := errors.AsType[*ctxcache.ManyError[K]](err); ok {
		return manyErrors[K]{each: maps.Clone(many.Failed)}
	}
	return manyErrors[K]{whole: err}
}

// of returns the error of key, or nil.
func (m manyErrors[K]) of(key K) error {
	if m.whole != nil {
		return m.whole
	}
	return m.each[key]
}
