package calls

import (
	"context"
	"errors"
	"maps"

	"github.com/ctxcache/cached/ctxcache"
)

// Part is the part of a call for many keys that one server answers.
type Part struct {
	Server string // the name of the server, as in [Task]
	Keys   []string
}

// Split makes a call for many keys on several servers. Each server has a part, and all parts run at the same time, each as
// a [Many]. So a server that does not answer in time fails only its own keys, with [ctxcache.ErrTimeout]. Split returns the
// results of the parts that ended, in no order, and the errors of keys in a [*ctxcache.ManyError]. An error that is about
// the whole call, for example because the context is done, is returned alone.
func Split[T any](
	ctx context.Context, b *Backend, op ctxcache.Operation, parts []Part,
	run func(ctx context.Context, keys []string) (result T, failed map[string]error, err error),
) (results []T, err error) {
	if err := b.Usable(ctx); err != nil {
		return nil, ctxcache.Fail(b.about.Layer, op, err)
	}
	answers, errs := make([]T, len(parts)), make([]error, len(parts))
	ask := func(i int) {
		answers[i], errs[i] = Many(ctx, b, op, parts[i], run)
	}
	if len(parts) == 1 {
		ask(0)
	} else {
		var all Together
		for i := range parts {
			all.Go(func() { ask(i) })
		}
		all.Wait()
	}
	failed := make(map[string]error)
	for i, part := range parts {
		many, some := errors.AsType[*ctxcache.ManyError[string]](errs[i])
		switch {
		case some:
			maps.Copy(failed, many.Failed)
		case errs[i] == nil:
		case len(parts) == 1, isWhole(ctx, errs[i]):
			return nil, errs[i]
		default:
			for _, key := range part.Keys {
				failed[key] = errs[i]
			}
			continue
		}
		results = append(results, answers[i])
	}
	return results, ctxcache.NewManyError(failed)
}

// isWhole reports whether err, the error of one part, is about the whole call.
func isWhole(ctx context.Context, err error) bool {
	return err == ctx.Err() || err == errors.ErrUnsupported || errors.Is(err, ctxcache.ErrClosed)
}

// DoSplit is [Split] for an operation without a result.
func DoSplit(
	ctx context.Context, b *Backend, op ctxcache.Operation, parts []Part,
	run func(ctx context.Context, keys []string) (failed map[string]error, err error),
) error {
	_, err := Split(ctx, b, op, parts, func(ctx context.Context, keys []string) (struct{}, map[string]error, error) {
		failed, err := run(ctx, keys)
		return struct{}{}, failed, err
	})
	return err
}
