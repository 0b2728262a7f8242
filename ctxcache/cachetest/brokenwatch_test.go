package cachetest_test

import (
	"context"
	"errors"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

type endsSilently struct{ *reference }

func (c endsSilently) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	err := c.reference.Watch(ctx, fn)
	if errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

type startsSilently struct{ *reference }

func (c startsSilently) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	return c.reference.Watch(ctx, func(e ctxcache.Event) {
		if !e.Gap {
			fn(e)
		}
	})
}

type storesUnderOne struct{ *reference }

func (c storesUnderOne) StoredKey(key string) any {
	key, _, _ = strings.Cut(key, ":")
	return c.reference.StoredKey(key)
}
