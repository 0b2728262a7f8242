package cachetest_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenLayers returns layers with a gap: they change the values or keys of some methods, and pass other calls through
// unchanged. Nearly every case fails on such a layer, so only the cases that cross writing with reading run.
func brokenLayers() []broken {
	return []broken{
		{
			name: "seals Get and Set only",
			new:  func() cache { return newSealsSome(newReference()) },
			fails: []string{
				"Write/Set/GetEntry", "Write/Set/GetMany", "Write/Set/GetEntries",
				"Write/Set/GetLease", "Write/Set/GetLeases", "Write/SetMany/Get", "Write/SetEntry/Get", "Write/SetEntries/Get",
				"Write/Fill/Get", "Write/FillMany/Get",
			},
			within: "Write/",
		},
		{
			name:   "seals all but fills of many",
			new:    func() cache { return newReversesSome(newReference()) },
			fails:  []string{"Write/FillMany/Get*"},
			within: "Write/",
		},
		{
			name: "prefixes all but fills", new: func() cache { return newPrefixesSome(newReference()) },
			fails: []string{
				"Write/Set*/GetLease*", "Write/Fill*/Get", "Write/Fill*/GetEntry", "Write/Fill*/GetMany",
				"Write/Fill*/GetEntries", "Write/Fill*/Contains", "Write/Fill*/Keys", "Write/Fill*/Len",
			},
			within: "Write/",
		},
	}
}

type sealsSome struct {
	ctxcache.Forward[string, []byte]
}

func newSealsSome(inner cache) *sealsSome {
	return &sealsSome{ctxcache.NewForward(inner, ctxcache.Description{Kind: "sealing"})}
}

func sealed(value []byte) []byte {
	value = bytes.Clone(value)
	slices.Reverse(value)
	return value
}

func (c *sealsSome) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.Forward.Get(ctx, key)
	return sealed(value), err
}

func (c *sealsSome) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return c.Forward.Set(ctx, key, sealed(value), ttl)
}

type prefixesSome struct {
	ctxcache.Mapped[string, []byte, string, []byte]
	inner cache
}

func newPrefixesSome(inner cache) *prefixesSome {
	same := func(_ string, value []byte) ([]byte, error) { return value, nil }
	return &prefixesSome{inner: inner, Mapped: ctxcache.NewMapped(inner, ctxcache.Hooks[string, []byte, string, []byte]{
		About:  ctxcache.Description{Kind: "prefixing"},
		Key:    func(key string) (string, error) { return "prefix:" + key, nil },
		Unkey:  func(inner string) (string, bool) { return strings.CutPrefix(inner, "prefix:") },
		Encode: same,
		Decode: same,
	})}
}

func (c *prefixesSome) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	return ctxcache.GetLease(ctx, c.inner, key, refreshBelow)
}

func (c *prefixesSome) GetLeases(
	ctx context.Context, keys []string, below time.Duration,
) (map[string]entry, map[string]lease, error) {
	return ctxcache.GetLeases(ctx, c.inner, keys, below)
}

func (c *prefixesSome) Fill(ctx context.Context, key string, l lease, e entry) error {
	return ctxcache.Fill(ctx, c.inner, key, l, e)
}

func (c *prefixesSome) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	return ctxcache.FillMany(ctx, c.inner, entries, leases)
}

func (c *prefixesSome) Release(ctx context.Context, key string, l lease) error {
	return ctxcache.Release(ctx, c.inner, key, l)
}

// reversesSome reverses values, but not in FillMany. A layer written by hand easily forgets that method.
type reversesSome struct {
	ctxcache.Mapped[string, []byte, string, []byte]
	inner cache
}

func newReversesSome(inner cache) *reversesSome {
	reverse := func(_ string, value []byte) ([]byte, error) { return sealed(value), nil }
	return &reversesSome{inner: inner, Mapped: ctxcache.NewMapped(inner, ctxcache.Hooks[string, []byte, string, []byte]{
		About:  ctxcache.Description{Kind: "reversing"},
		Key:    func(key string) (string, error) { return key, nil },
		Unkey:  func(inner string) (string, bool) { return inner, true },
		Encode: reverse,
		Decode: reverse,
	})}
}

func (c *reversesSome) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	return ctxcache.FillMany(ctx, c.inner, entries, leases)
}
