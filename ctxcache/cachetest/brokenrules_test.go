package cachetest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenRules returns caches that break rules 1, 2, 3, 5, 6, 7 and 10.
func brokenRules() []broken {
	return []broken{
		{
			name: "1 wraps ErrMiss", new: func() cache { return wrapsMiss{newReference()} },
			fails: []string{"Miss/*/Get"}, but: []string{"Miss/Negative/Get"},
		},
		{
			name: "1 wraps ErrNotFound", new: func() cache { return wrapsNotFound{newReference()} },
			fails: []string{"Miss/Negative/GetEntry", "Negative/Told/*"},
		},
		{
			name: "1 takes an outage for a miss", new: func() cache { return outageIsMiss{newReference()} },
			fails: []string{"Context/*/get"},
		},
		{
			name: "2 ignores the context of Set", new: func() cache { return ignoresContext{newReference()} },
			fails: []string{"Context/*/set"},
		},
		{
			name: "2 looks at the context afterwards", new: func() cache { return looksLate{newReference()} },
			fails: []string{"Context/*/delete"}, but: []string{"Context/First/delete"},
		},
		{
			name: "2 leaves a lease behind", new: func() cache { return leavesLease{newReference()} },
			fails: []string{"Context/LeavesNoLease"},
		},
		{
			name: "3 tells the key", new: func() cache { return tellsKey{newReference()} },
			fails: []string{"Errors/Message/Set"},
		},
		{
			name: "3 tells the value", new: func() cache { return tellsValue{newReference()} },
			fails: []string{"Errors/Message/SetEntry"},
		},
		{
			name: "5 writes behind the value", new: func() cache { return writesBehind{newReference()} },
			fails: []string{"Ownership/Given/Set"},
		},
		{
			name: "5 scrubs what it deletes", new: func() cache { return scrubs{newReference()} },
			fails: []string{"Ownership/Given/*", "Ownership/Got/*"},
		},
		{
			name: "6 loses writes", new: func() cache { return newLosesWrites() },
			fails: []string{"Concurrency/OwnKeys"},
		},
		{
			name: "6 removes twice", new: func() cache { return removesTwice{newReference()} },
			fails: []string{"Concurrency/Remove"},
		},
		{
			name: "7 misses what it deletes", new: func() cache { return missesDeleted{newMinimal()} },
			fails: []string{"Delete/Absent/Delete*", "Delete/Twice/Delete*"},
		},
		{
			name: "10 closes once", new: func() cache { return closesOnce{newReference()} },
			fails: []string{"Close/Idempotent"},
		},
		{
			name: "10 answers after Close", new: func() cache { return &answersClosed{reference: newReference()} },
			fails: []string{"Close/Closed/contains"},
		},
	}
}

type wrapsMiss struct{ *reference }

func (c wrapsMiss) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.reference.Get(ctx, key)
	if err == ctxcache.ErrMiss {
		err = fmt.Errorf("reference get: %w", err)
	}
	return value, err
}

type wrapsNotFound struct{ *reference }

func (c wrapsNotFound) GetEntry(ctx context.Context, key string) (entry, error) {
	e, err := c.reference.GetEntry(ctx, key)
	if err == ctxcache.ErrNotFound {
		err = fmt.Errorf("reference get: %w", err)
	}
	return e, err
}

type outageIsMiss struct{ *reference }

func (c outageIsMiss) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.reference.Get(ctx, key)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = ctxcache.ErrMiss
	}
	return value, err
}

type ignoresContext struct{ *reference }

func (c ignoresContext) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return c.reference.Set(context.WithoutCancel(ctx), key, value, ttl)
}

type looksLate struct{ *reference }

func (c looksLate) Delete(ctx context.Context, key string) error {
	if err := c.reference.Delete(context.WithoutCancel(ctx), key); err != nil {
		return err
	}
	return ctx.Err()
}

type leavesLease struct{ *reference }

func (c leavesLease) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, l, err := c.reference.GetLease(ctxcache.ForLoad(context.WithoutCancel(ctx), ctxcache.LoadContext(ctx)), key, refreshBelow)
	if done := ctx.Err(); done != nil {
		return entry{}, lease{}, done
	}
	return e, l, err
}

type tellsKey struct{ *reference }

func (c tellsKey) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	err := c.reference.Set(ctx, key, value, ttl)
	if errors.Is(err, ctxcache.ErrTTL) {
		err = fmt.Errorf("set %q: %w", key, err)
	}
	return err
}

type tellsValue struct{ *reference }

func (c tellsValue) SetEntry(ctx context.Context, key string, e entry) error {
	err := c.reference.SetEntry(ctx, key, e)
	if errors.Is(err, ctxcache.ErrTTL) {
		err = fmt.Errorf("set of %s: %w", e.Value, err)
	}
	return err
}

type writesBehind struct{ *reference }

func (c writesBehind) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	sealed := append(value, 0) // an authentication tag, say
	return c.reference.Set(ctx, key, sealed[:len(value)], ttl)
}

type scrubs struct{ *reference }

func (c scrubs) Delete(ctx context.Context, key string) error {
	if ctx.Err() == nil {
		c.mu.Lock()
		clear(c.items[key].Value)
		c.mu.Unlock()
	}
	return c.reference.Delete(ctx, key)
}

// losesWrites copies all its entries for a write, changes the copy, and then replaces the entries by the copy.
type losesWrites struct {
	all atomic.Pointer[map[string]item]
}

func newLosesWrites() *losesWrites {
	c := &losesWrites{}
	c.all.Store(&map[string]item{})
	return c
}

func (c *losesWrites) change(ctx context.Context, f func(items map[string]item)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	changed := maps.Clone(*c.all.Load())
	time.Sleep(time.Microsecond) // meanwhile the other writers do the same
	f(changed)
	c.all.Store(&changed)
	return nil
}

func (c *losesWrites) Get(ctx context.Context, key string) ([]byte, error) {
	return (&minimal{items: *c.all.Load()}).Get(ctx, key)
}

func (c *losesWrites) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := ctxcache.CheckTTL(ttl); err != nil {
		return err
	}
	return c.change(ctx, func(items map[string]item) { items[key] = newItem(ctxcache.NewEntry(value, ttl)) })
}

func (c *losesWrites) Delete(ctx context.Context, key string) error {
	return c.change(ctx, func(items map[string]item) { delete(items, key) })
}

type removesTwice struct{ *reference }

func (c removesTwice) Remove(ctx context.Context, key string) (bool, error) {
	was, err := c.Contains(ctx, key)
	if err != nil {
		return false, err
	}
	time.Sleep(time.Microsecond)
	return was, c.Delete(ctx, key)
}

type missesDeleted struct{ *minimal }

func (c missesDeleted) Delete(ctx context.Context, key string) error {
	if _, err := c.Get(ctx, key); err != nil {
		return err
	}
	return c.minimal.Delete(ctx, key)
}

type closesOnce struct{ *reference }

func (c closesOnce) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ctxcache.ErrClosed
	}
	c.closed = true
	return nil
}

type answersClosed struct{ *reference }

func (c *answersClosed) Contains(ctx context.Context, key string) (bool, error) {
	if err := c.enter(ctx); err != nil && err != ctxcache.ErrClosed {
		c.mu.Unlock()
		return false, err
	}
	defer c.mu.Unlock()
	return c.has(key), ctx.Err()
}
