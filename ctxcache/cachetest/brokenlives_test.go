package cachetest_test

import (
	"context"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenLives returns caches that break the rules about how long a lease stands.
func brokenLives() []broken {
	under := func(load func(call context.Context) context.Context) func() cache {
		return func() cache { return altersLoad{newReference(), load} }
	}
	return []broken{
		{
			name: "renews a lease with the call", fails: []string{"Lease/Life/Load", "Lease/Life/LoadGone"},
			new: under(func(ctx context.Context) context.Context { return ctx }),
		},
		{
			name: "renews no lease", fails: []string{"Lease/Life/Load", "Lease/Life/LoadGone", "Lease/Life/Own"},
			new: under(context.WithoutCancel),
		},
		{
			name: "renews a lease for ever", fails: []string{"Lease/Life/LoadGone", "Lease/Life/NoEnd"},
			new: under(func(context.Context) context.Context { return endless{context.Background()} }),
		},
	}
}

// endless is a context with a Done channel that is never closed.
type endless struct{ context.Context }

func (endless) Done() <-chan struct{} { return make(chan struct{}) }

// altersLoad replaces the context of the load by another one.
type altersLoad struct {
	*reference
	load func(ctx context.Context) context.Context
}

func (c altersLoad) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	return c.reference.GetLease(ctxcache.ForLoad(ctx, c.load(ctx)), key, refreshBelow)
}
