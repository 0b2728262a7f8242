package layers_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

type scope = ctxcache.Scope[string]

var errOutage = errors.New("outage")

// outage is a cache whose calls all fail: with the context's error if the context is done, otherwise with errOutage.
type outage struct{}

func (outage) fail(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return errOutage
}

func (o outage) Get(ctx context.Context, _ string) (string, error)           { return "", o.fail(ctx) }
func (o outage) Set(ctx context.Context, _, _ string, _ time.Duration) error { return o.fail(ctx) }
func (o outage) Delete(ctx context.Context, _ string) error                  { return o.fail(ctx) }
func (o outage) Contains(ctx context.Context, _ string) (bool, error)        { return false, o.fail(ctx) }
func (o outage) Clear(ctx context.Context, _ scope) error                    { return o.fail(ctx) }
func (o outage) Len(ctx context.Context, _ scope) (int, error)               { return 0, o.fail(ctx) }
func (o outage) StoredKey(key string) any                                    { return key }

func (o outage) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	return nil, ctxcache.FailEach(keys, o.fail(ctx))
}

func (o outage) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[string]) error {
	return ctxcache.FailEach(slices.Collect(maps.Keys(entries)), o.fail(ctx))
}

func (o outage) DeleteMany(ctx context.Context, keys []string) error {
	return ctxcache.FailEach(keys, o.fail(ctx))
}

// Watch reports nothing.
func (outage) Watch(ctx context.Context, _ func(ctxcache.Event)) error {
	<-ctx.Done()
	return ctx.Err()
}
