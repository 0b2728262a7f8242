package memory_test

import (
	"context"
	"runtime"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// fillsAll stores by a lease that is lost, too.
type fillsAll struct{ *memory.Cache[string, int] }

func (c fillsAll) Fill(ctx context.Context, key string, _ ctxcache.Lease, e ctxcache.Entry[int]) error {
	return c.SetEntry(ctx, key, e)
}

// dropsAll removes by a lease that is lost, too.
type dropsAll struct{ *memory.Cache[string, int] }

func (c dropsAll) Drop(ctx context.Context, key string, _ ctxcache.Lease) error {
	return c.Delete(ctx, key)
}

// removesLate looks whether there is a value, and removes what is there later.
type removesLate struct{ *memory.Cache[string, int] }

func (c removesLate) Remove(ctx context.Context, key string) (bool, error) {
	was, err := c.Contains(ctx, key)
	if err != nil {
		return false, err
	}
	runtime.Gosched()
	return was, c.Delete(ctx, key)
}

// setsBeside deletes and then stores, which others can see.
type setsBeside struct{ *memory.Cache[string, int] }

func (c setsBeside) Set(ctx context.Context, key string, value int, ttl time.Duration) error {
	if err := c.Delete(ctx, key); err != nil {
		return err
	}
	runtime.Gosched()
	return c.Cache.Set(ctx, key, value, ttl)
}
