package ctxcache

import (
	"context"
	"time"
)

// Invalid returns a cache of which every call returns err. It stands for one that was built from options that make no
// sense: constructors return no error. About says what it would have been. It reports every capability, or some calls
// would be answered by errors.ErrUnsupported.
func Invalid[K comparable, V any](about Description, err error) Cache[K, V] {
	return &invalid[K, V]{NewIntercepted[K, V, struct{}](nowhere[K, V]{}, about, refusing[K]{err}), about}
}

type invalid[K comparable, V any] struct {
	Observed[K, V, struct{}]
	about Description
}

func (c *invalid[K, V]) Supports() Cap         { return (^Cap(0)).In(ScopesAny) }
func (c *invalid[K, V]) Describe() Description { return c.about }

// refusing answers every call with err.
type refusing[K comparable] struct{ err error }

func (r refusing[K]) Before(ctx context.Context, _ Call[K]) (context.Context, struct{}, error) {
	return ctx, struct{}{}, r.err
}

func (r refusing[K]) After(context.Context, Call[K], struct{}, Outcome) error { return r.err }

// nowhere is never asked.
type nowhere[K comparable, V any] struct{}

func (nowhere[K, V]) Get(context.Context, K) (value V, err error)    { return value, ErrMiss }
func (nowhere[K, V]) Set(context.Context, K, V, time.Duration) error { return nil }
func (nowhere[K, V]) Delete(context.Context, K) error                { return nil }
