package ctxcache

import (
	"context"
	"slices"
	"time"
)

// Invalid returns a cache whose calls all return err, as the [*Error] of their operation in the layer about.Kind. It is for
// options that make no sense, because constructors return no error. The cache reports every capability, so that every call
// returns err and none returns errors.ErrUnsupported. About describes it. Under are the caches that a valid one would stand on,
// so that [CloseAll] and [Check] find them.
func Invalid[K comparable, V any](about Description, err error, under ...Node) Cache[K, V] {
	about.Children = append(slices.Clone(about.Children), under...)
	answer := refusing[K]{about.Kind, err}
	return &invalid[K, V]{NewIntercepted[K, V, struct{}](nowhere[K, V]{}, about, answer), about, err}
}

type invalid[K comparable, V any] struct {
	Observed[K, V, struct{}]
	about Description
	err   error
}

func (c *invalid[K, V]) Supports() Cap         { return (^Cap(0)).In(ScopesAny) }
func (c *invalid[K, V]) Describe() Description { return c.about }

// refusal returns the error of every call, for [Check].
func (c *invalid[K, V]) refusal() error { return c.err }

// refusing answers every call with err, unless the call's context is done.
type refusing[K comparable] struct {
	layer string
	err   error
}

func (r refusing[K]) Before(ctx context.Context, call Call[K]) (context.Context, struct{}, error) {
	if done := ctx.Err(); done != nil {
		return ctx, struct{}{}, done
	}
	return ctx, struct{}{}, Fail(r.layer, call.Op, r.err)
}

func (r refusing[K]) After(context.Context, Call[K], struct{}, Outcome) error { return r.err }

// nowhere is never asked.
type nowhere[K comparable, V any] struct{}

func (nowhere[K, V]) Get(context.Context, K) (value V, err error)    { return value, ErrMiss }
func (nowhere[K, V]) Set(context.Context, K, V, time.Duration) error { return nil }
func (nowhere[K, V]) Delete(context.Context, K) error                { return nil }
