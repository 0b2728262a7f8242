package cachetest_test

import (
	"context"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

type releasesKey struct{ *reference }

func (c releasesKey) Release(ctx context.Context, key string, l lease) error {
	c.mu.Lock()
	if l.Granted() && c.outstanding(key) != nil {
		l = ctxcache.NewLease(c.outstanding(key))
	}
	c.mu.Unlock()
	return c.reference.Release(ctx, key, l)
}

type releasesByDelete struct{ *reference }

func (c releasesByDelete) Release(ctx context.Context, key string, l lease) error {
	err := c.reference.Release(ctx, key, l)
	if err == ctxcache.ErrLeaseLost && l.Granted() {
		return errors.Join(c.Delete(ctx, key), err)
	}
	return err
}

type releasesQuietly struct{ *reference }

func (c releasesQuietly) Release(ctx context.Context, key string, l lease) error {
	err := c.reference.Release(ctx, key, l)
	if err == ctxcache.ErrLeaseLost {
		return nil
	}
	return err
}

// releasesToken does not check that the token is for the key that it is given.
type releasesToken struct{ *reference }

func (c releasesToken) Release(ctx context.Context, key string, l lease) error {
	if token, ok := l.Token().(*refLease); ok {
		key = token.key
	}
	return c.reference.Release(ctx, key, l)
}

type dropsAlways struct{ *reference }

func (c dropsAlways) Drop(ctx context.Context, key string, l lease) error {
	err := c.reference.Drop(ctx, key, l)
	if err == ctxcache.ErrLeaseLost && l.Granted() {
		return errors.Join(c.Delete(ctx, key), err)
	}
	return err
}

type dropsNothing struct{ *reference }

func (c dropsNothing) Drop(ctx context.Context, key string, l lease) error {
	return c.Release(ctx, key, l)
}

type dropsValue struct{ *reference }

func (c dropsValue) Drop(ctx context.Context, key string, l lease) error {
	defer c.mu.Unlock()
	if there, err := c.leave(ctx); !there {
		return err
	}
	if !c.holds(key, l) {
		return ctxcache.ErrLeaseLost
	}
	delete(c.items, key)
	return nil
}

type dropsQuietly struct{ *reference }

func (c dropsQuietly) Drop(ctx context.Context, key string, l lease) error {
	err := c.reference.Drop(ctx, key, l)
	if err == ctxcache.ErrLeaseLost {
		return nil
	}
	return err
}
