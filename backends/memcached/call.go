package memcached

import (
	"context"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// call runs fn, which talks to a server, for operation op. The caller leaves as soon as ctx is done, or the
// cache closed; gomemcache returns when the server answers, or its own timeouts end. What fn returns that late
// goes to late, which may be nil and undoes it.
func call[T any](ctx context.Context, s *store, op string, fn func(context.Context) (T, error), late func(T)) (T, error) {
	if err := s.usable(ctx); err != nil {
		var zero T
		return zero, ctxcache.Fail(layer, op, err)
	}
	result, err := calls.Run(ctx, s.calls, fn, late)
	return result, s.fail(ctx, op, err)
}

// none is the result of a call that has none.
type none struct{}

// do is call for what has no result.
func do(ctx context.Context, s *store, op string, fn func(context.Context) error) error {
	_, err := call(ctx, s, op, func(ctx context.Context) (none, error) { return none{}, fn(ctx) }, nil)
	return err
}

// replies are what came of a call for many keys, key by key.
type replies struct {
	items []*memcache.Item // nil where there is none
	errs  []error
}

// callMany is call for many keys: fn is given them as they are stored, and the errors of those that cannot be, to
// which it adds its own. An error that callMany returns is about the whole call.
func callMany(
	ctx context.Context, s *store, op string, keys []string,
	fn func(ctx context.Context, stored []string, errs []error) []*memcache.Item,
) (replies, error) {
	result, err := call(ctx, s, op, func(ctx context.Context) (replies, error) {
		stored, errs := s.storedAll(keys)
		return replies{fn(ctx, stored, errs), errs}, nil
	}, nil)
	if err != nil {
		return replies{}, err
	}
	for i, err := range result.errs {
		if err == nil {
			continue
		}
		if done := calls.ContextError(ctx, err); done != nil {
			return replies{}, done
		}
		result.errs[i] = s.fail(ctx, op, err)
	}
	return result, nil
}

// failed returns the error of a call for many keys.
func failed(keys []string, errs []error) error {
	byKey := make(map[string]error)
	for i, err := range errs {
		if err != nil {
			byKey[keys[i]] = err
		}
	}
	return ctxcache.NewManyError(byKey)
}

// usable returns why a call fails whatever it is about: bad options, a done context, a closed cache.
func (s *store) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.invalid != nil {
		return s.invalid
	}
	if s.calls.Closed() {
		return ctxcache.ErrClosed
	}
	return nil
}
