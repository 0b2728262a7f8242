package cachetest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenRefused returns caches that refuse long values, and do not say so or keep the old value.
func brokenRefused() []broken {
	const limit = 100_000
	refusing := func(err error, keeps bool) func() cache {
		return func() cache { return limitedValues{newReference(), limit, err, keeps} }
	}
	return []broken{
		{
			name: "3 refuses a value and keeps the old one", new: refusing(ctxcache.ErrValue, true), limit: limit,
			fails: []string{"Refused/Set/*"},
		},
		{
			name: "3 refuses a value by an error that is not ErrValue", new: refusing(errors.New("too long"), false), limit: limit,
			fails: []string{"Refused/*", "Refused/Set/*"},
		},
		{
			name: "3 drops nothing after a Fill that it refused", limit: limit,
			new:   func() cache { return keepsAfterRefusal{limitedValues{newReference(), limit, ctxcache.ErrValue, false}} },
			fails: []string{"Refused/Fill"}, within: "Refused/",
		},
		{
			name: "3 tells the key of a value that it refuses", limit: limit,
			new:   func() cache { return tellsRefused{limitedValues{newReference(), limit, ctxcache.ErrValue, false}} },
			fails: []string{"Refused/Set/Set"},
		},
	}
}

// limitedValues refuses values that are longer than limit with err. Unless it keeps the old value, it deletes the key.
type limitedValues struct {
	*reference
	limit int
	err   error
	keeps bool
}

func (c limitedValues) refused(ctx context.Context, key string, e entry) error {
	if len(e.Value) <= c.limit {
		return nil
	}
	if c.keeps {
		return c.err
	}
	return errors.Join(c.err, c.Delete(ctx, key))
}

func (c limitedValues) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return c.SetEntry(ctx, key, ctxcache.NewEntry(value, ttl))
}

func (c limitedValues) SetEntry(ctx context.Context, key string, e entry) error {
	if err := c.refused(ctx, key, e); err != nil {
		return err
	}
	return c.reference.SetEntry(ctx, key, e)
}

func (c limitedValues) SetEntries(ctx context.Context, entries map[string]entry) error {
	fits, failed := make(map[string]entry), make(map[string]error)
	for key, e := range entries {
		if err := c.refused(ctx, key, e); err != nil {
			failed[key] = err
		} else {
			fits[key] = e
		}
	}
	return errors.Join(c.reference.SetEntries(ctx, fits), ctxcache.NewManyError(failed))
}

func (c limitedValues) Fill(ctx context.Context, key string, l lease, e entry) error {
	if len(e.Value) > c.limit {
		return c.err
	}
	return c.reference.Fill(ctx, key, l, e)
}

func (c limitedValues) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	for _, e := range entries {
		if len(e.Value) > c.limit {
			return c.err
		}
	}
	return c.reference.FillMany(ctx, entries, leases)
}

// keepsAfterRefusal ends a lease by Drop, and leaves the entry.
type keepsAfterRefusal struct{ limitedValues }

func (c keepsAfterRefusal) Drop(ctx context.Context, key string, l lease) error {
	return c.Release(ctx, key, l)
}

type tellsRefused struct{ limitedValues }

func (c tellsRefused) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	err := c.limitedValues.Set(ctx, key, value, ttl)
	if errors.Is(err, ctxcache.ErrValue) {
		err = fmt.Errorf("set %q: %w", key, err)
	}
	return err
}
