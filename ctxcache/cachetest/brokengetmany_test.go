package cachetest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// valued is a reference that also reads values without their lives.
type valued struct{ *reference }

func (c valued) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	values, _, err := c.GetValues(ctx, keys)
	return values, err
}

func (c valued) GetValues(ctx context.Context, keys []string) (values map[string][]byte, negative []string, err error) {
	found, err := c.GetEntries(ctx, keys)
	values = make(map[string][]byte)
	for key, e := range found {
		if e.Absent {
			negative = append(negative, key)
		} else {
			values[key] = e.Value
		}
	}
	return values, negative, err
}

func TestValued(t *testing.T) {
	caches := make(map[*testing.T]*reference)
	cachetest.Run(t, func(t *testing.T) cache {
		caches[t] = newReference()
		return valued{caches[t]}
	}, cachetest.FakeTime(), cachetest.LeaseTTL(leaseTTL), cachetest.Outage(func(t *testing.T) func() { return caches[t].BreakDown() }))
}

// brokenGetMany returns caches that break what reads of values promise.
func brokenGetMany() []broken {
	ours := func() valued { return valued{newReference()} }
	return []broken{
		{
			name:  "overrides GetEntries and forgets GetMany",
			new:   func() cache { return newForgetsMany(newReference()) },
			fails: []string{"Write/*/GetMany"}, within: "Write/", // more cases fail
		},
		{
			name:  "overrides GetEntries and forgets GetMany, next to it",
			new:   func() cache { return newForgetsMany(newReference()) },
			fails: []string{"GetMany/Alike/*", "GetMany/Alike/Negative/*"}, within: "GetMany/",
		},
		{
			name: "returns negative entries as values", new: func() cache { return valuesNegatives{ours()} },
			fails: []string{
				"GetMany/Alike/Negative/GetMany", "Many/Negative", "WriteNegative/*/GetMany",
				"Overwrite/ByNegative/*", "Refresh/Negative/*", "Negative/Default", "FillMany/Negative",
			},
		},
		{
			name: "forgets which keys are negative", new: func() cache { return forgetsNegatives{ours()} },
			fails: []string{"GetMany/Negative"},
		},
		{
			name: "names negative keys twice", new: func() cache { return namesTwice{ours()} },
			fails: []string{"GetMany/Negative"},
		},
		{
			name: "reads values whatever the context", new: func() cache { return ignoresDone{ours()} },
			fails: []string{"GetMany/Canceled/*"},
		},
		{
			name: "takes an outage for misses", new: func() cache { return missesAll{ours()} },
			fails: []string{"GetMany/Outage/*", "GetMany/Closed/*"},
		},
		{
			name: "sorts the keys to read", new: func() cache { return sortsReads{ours()} },
			fails: []string{"GetMany/Arguments/*"},
		},
	}
}

// forgetsMany stores values in reverse, and reverses them in all reads that it knows of. A layer that was written when
// there was no GetMany looks like this.
type forgetsMany struct {
	ctxcache.Mapped[string, []byte, string, []byte]
}

func newForgetsMany(inner cache) *forgetsMany {
	return &forgetsMany{ctxcache.NewMapped(inner, ctxcache.Hooks[string, []byte, string, []byte]{
		About:  ctxcache.Description{Kind: "forgetting"},
		Key:    func(key string) (string, error) { return key, nil },
		Unkey:  func(inner string) (string, bool) { return inner, true },
		Encode: func(_ string, value []byte) ([]byte, error) { return sealed(value), nil },
		Decode: func(_ string, value []byte) ([]byte, error) { return value, nil },
	})}
}

func opened(e entry) entry {
	e.Value = sealed(e.Value)
	return e
}

func openedAll(found map[string]entry) map[string]entry {
	for key, e := range found {
		found[key] = opened(e)
	}
	return found
}

func (c *forgetsMany) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.Mapped.Get(ctx, key)
	return sealed(value), err
}

func (c *forgetsMany) GetEntry(ctx context.Context, key string) (entry, error) {
	e, err := c.Mapped.GetEntry(ctx, key)
	return opened(e), err
}

func (c *forgetsMany) GetEntries(ctx context.Context, keys []string) (map[string]entry, error) {
	found, err := c.Mapped.GetEntries(ctx, keys)
	return openedAll(found), err
}

func (c *forgetsMany) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, l, err := c.Mapped.GetLease(ctx, key, refreshBelow)
	return opened(e), l, err
}

func (c *forgetsMany) GetLeases(ctx context.Context, keys []string, below time.Duration) (map[string]entry, map[string]lease, error) {
	found, leases, err := c.Mapped.GetLeases(ctx, keys, below)
	return openedAll(found), leases, err
}

type valuesNegatives struct{ valued }

func (c valuesNegatives) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	values, negative, err := c.GetValues(ctx, keys)
	for _, key := range negative {
		values[key] = nil
	}
	return values, err
}

type forgetsNegatives struct{ valued }

func (c forgetsNegatives) GetValues(ctx context.Context, keys []string) (map[string][]byte, []string, error) {
	values, _, err := c.valued.GetValues(ctx, keys)
	return values, nil, err
}

type namesTwice struct{ valued }

func (c namesTwice) GetValues(ctx context.Context, keys []string) (map[string][]byte, []string, error) {
	values, negative, err := c.valued.GetValues(ctx, keys)
	return values, append(negative, negative...), err
}

type ignoresDone struct{ valued }

func (c ignoresDone) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	return c.valued.GetMany(context.WithoutCancel(ctx), keys)
}

func (c ignoresDone) GetValues(ctx context.Context, keys []string) (map[string][]byte, []string, error) {
	return c.valued.GetValues(context.WithoutCancel(ctx), keys)
}

// missesAll returns no values if it fails, and no error.
type missesAll struct{ valued }

func (c missesAll) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	values, _, err := c.GetValues(ctx, keys)
	return values, err
}

func (c missesAll) GetValues(ctx context.Context, keys []string) (map[string][]byte, []string, error) {
	values, negative, err := c.valued.GetValues(ctx, keys)
	if errors.Is(err, errAway) || errors.Is(err, ctxcache.ErrClosed) {
		err = nil
	}
	return values, negative, err
}

type sortsReads struct{ valued }

func (c sortsReads) GetMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	slices.Sort(keys)
	return c.valued.GetMany(ctx, keys)
}

func (c sortsReads) GetValues(ctx context.Context, keys []string) (map[string][]byte, []string, error) {
	slices.Sort(keys)
	return c.valued.GetValues(ctx, keys)
}
