package cached_test

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// slow is a cache whose operations a test can delay. Fill, Release and Drop do what they do after the delay. It says that
// it has these timeouts.
type slow struct {
	ctxcache.Forward[string, string]
	timeouts ctxcache.Timeouts

	get, lease, fill, end func(context.Context) error // before the operation; an error is instead of it

	gets, leases, releases, drops, deletes atomic.Int64
}

func newSlow(inner ctxcache.Cache[string, string]) *slow {
	return &slow{Forward: ctxcache.NewForward(inner, ctxcache.Description{Kind: "slow"})}
}

func (c *slow) Timeouts() ctxcache.Timeouts { return c.timeouts }

func before(ctx context.Context, count *atomic.Int64, delay func(context.Context) error) error {
	count.Add(1)
	if delay == nil {
		return nil
	}
	return delay(ctx)
}

func (c *slow) Get(ctx context.Context, key string) (string, error) {
	if err := before(ctx, &c.gets, c.get); err != nil {
		return "", err
	}
	return c.Forward.Get(ctx, key)
}

func (c *slow) GetLease(ctx context.Context, key string, below time.Duration) (ctxcache.Entry[string], ctxcache.Lease, error) {
	if err := before(ctx, &c.leases, c.lease); err != nil {
		return ctxcache.Entry[string]{}, ctxcache.Lease{}, err
	}
	return c.Forward.GetLease(ctx, key, below)
}

func (c *slow) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[string]) error {
	if err := before(ctx, new(atomic.Int64), c.fill); err != nil {
		return err
	}
	return c.Forward.Fill(ctx, key, lease, e)
}

func (c *slow) Release(ctx context.Context, key string, lease ctxcache.Lease) error {
	if err := before(ctx, &c.releases, c.end); err != nil {
		return err
	}
	return c.Forward.Release(ctx, key, lease)
}

func (c *slow) Drop(ctx context.Context, key string, lease ctxcache.Lease) error {
	if err := before(ctx, &c.drops, c.end); err != nil {
		return err
	}
	return c.Forward.Drop(ctx, key, lease)
}

func (c *slow) Delete(ctx context.Context, key string) error {
	if err := before(ctx, &c.deletes, nil); err != nil {
		return err
	}
	return c.Forward.Delete(ctx, key)
}

// hang waits until ctx is done.
func hang(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

// after waits for d, whatever ctx does.
func after(d time.Duration) func(context.Context) error {
	return func(context.Context) error { time.Sleep(d); return nil }
}
