package cachetest_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenMany returns caches that break what calls for many keys promise.
func brokenMany() []broken {
	return []broken{
		{
			name: "swallows failures of some", new: func() cache { return swallows{newReference()} },
			fails: []string{
				"TTL/Negative*/SetMany", "TTL/Negative*/SetEntries", "Many/FailedNamed", "Many/AllFailed",
				"Entry/BadDurations/SetEntries", "Negative/TTL/SetEntries",
			},
		},
		{
			name: "does not name failures", new: func() cache { return namesNone{newReference()} },
			fails: []string{"Many/FailedNamed"},
		},
		{
			name: "stops at a failure", new: func() cache { return stopsEarly{newReference()} },
			fails: []string{"Many/FailedNamed", "Many/AllFailed"},
		},
		{
			name: "forgets Absent", new: func() cache { return forgetsAbsent{newReference()} },
			fails: []string{"Negative/Signal"},
		},
		{
			name: "forgets Absent of many", new: func() cache { return forgetsAbsentOfMany{newReference()} },
			fails: []string{
				"Negative/Told/*", "Many/Negative", "WriteNegative/*/GetEntries", "WriteNegative/*/GetMany",
				"Overwrite/ByNegative/*", "Refresh/Negative/*", "Negative/Default", "FillMany/Negative",
			},
		},
		{
			name: "returns all it has", new: func() cache { return returnsAll{newReference()} },
			fails: []string{"Many/Mixed", "Many/NoKeys", "Many/Negative"}, within: "Many/",
		},
		{
			name: "fails what is absent", new: func() cache { return failsAbsent{newReference()} },
			fails: []string{"Many/Mixed", "Many/Negative", "Many/Duplicates", "Many/Hundreds"}, within: "Many/",
		},
		{
			name: "sorts the keys given", new: func() cache { return sortsKeys{newReference()} },
			fails: []string{"Many/Arguments"},
		},
		{
			name: "takes one page of 256 keys", new: func() cache { return onePage{newReference(), 256} },
			fails: []string{"Many/Hundreds", "FillMany/Hundreds"},
		},
		{
			name: "takes one page of 1,000 keys", new: func() cache { return onePage{newReference(), 1000} },
			fails: []string{"Many/Hundreds", "FillMany/Hundreds"},
		},
		{
			name: "refuses more than 999 entries", new: func() cache { return refusesMany{newReference()} },
			fails: []string{"Many/Hundreds"},
		},
		{
			name: "grants 500 leases of many", new: func() cache { return leasesPage{newReference()} },
			fails: []string{"FillMany/Hundreds"},
		},
		{
			name: "grants one lease of many", new: func() cache { return leasesFirst{newReference()} },
			fails: []string{
				"Leases/Mixed", "Leases/Refresh",
				"Leases/Exclusive", "Lease/*/Many*/*", "Lease/*/Many*", "Drop/*/Many*", "FillMany/*", "ReleaseMany/*",
			}, but: []string{"FillMany/Refresh", "FillMany/NoEntries", "ReleaseMany/None"},
		},
		{
			name: "grants leases of what another fills", new: func() cache { return leasesTaken{newReference()} },
			fails: []string{
				"Leases/Mixed", "Concurrency/GetLeases",
				"Lease/Invisible/GetLeases", "Refresh/Readable/GetLeases",
				"Leases/Refreshing", "FillMany/WithoutLease", "ReleaseMany/NotGranted",
			},
		},
	}
}

type swallows struct{ *reference }

func (c swallows) SetEntries(ctx context.Context, entries map[string]entry) error {
	err := c.reference.SetEntries(ctx, entries)
	if _, ok := errors.AsType[*ctxcache.ManyError[string]](err); ok {
		return nil
	}
	return err
}

type namesNone struct{ *reference }

func (c namesNone) SetEntries(ctx context.Context, entries map[string]entry) error {
	err := c.reference.SetEntries(ctx, entries)
	if errors.Is(err, ctxcache.ErrTTL) {
		return ctxcache.ErrTTL
	}
	return err
}

type stopsEarly struct{ *reference }

func (c stopsEarly) SetEntries(ctx context.Context, entries map[string]entry) error {
	for key, e := range entries {
		if err := e.Check(); err != nil {
			return ctxcache.FailEach([]string{key}, err)
		}
	}
	return c.reference.SetEntries(ctx, entries)
}

// forgetsAbsent reports a negative entry only by the error.
type forgetsAbsent struct{ *reference }

func (c forgetsAbsent) GetEntry(ctx context.Context, key string) (entry, error) {
	e, err := c.reference.GetEntry(ctx, key)
	e.Absent = false
	return e, err
}

type forgetsAbsentOfMany struct{ *reference }

func (c forgetsAbsentOfMany) GetEntries(ctx context.Context, keys []string) (map[string]entry, error) {
	found, err := c.reference.GetEntries(ctx, keys)
	for key, e := range found {
		e.Absent = false
		found[key] = e
	}
	return found, err
}

type returnsAll struct{ *reference }

func (c returnsAll) GetEntries(ctx context.Context, _ []string) (map[string]entry, error) {
	keys, err := c.values(ctx, scope{})
	if err != nil {
		return nil, err
	}
	return c.reference.GetEntries(ctx, keys)
}

type failsAbsent struct{ *reference }

func (c failsAbsent) GetEntries(ctx context.Context, keys []string) (map[string]entry, error) {
	found, err := c.reference.GetEntries(ctx, keys)
	if err != nil {
		return nil, err
	}
	absent := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { _, there := found[key]; return there })
	return found, ctxcache.FailEach(absent, ctxcache.ErrMiss)
}

type sortsKeys struct{ *reference }

func (c sortsKeys) DeleteMany(ctx context.Context, keys []string) error {
	slices.Sort(keys)
	return c.reference.DeleteMany(ctx, slices.Compact(keys))
}

// onePage reads no more than n keys.
type onePage struct {
	*reference
	n int
}

func (c onePage) GetEntries(ctx context.Context, keys []string) (map[string]entry, error) {
	return c.reference.GetEntries(ctx, keys[:min(len(keys), c.n)])
}

type refusesMany struct{ *reference }

func (c refusesMany) SetEntries(ctx context.Context, entries map[string]entry) error {
	if len(entries) > 999 {
		return ctxcache.Fail("reference", ctxcache.OpSetEntries, errors.New("too many entries"))
	}
	return c.reference.SetEntries(ctx, entries)
}

type leasesPage struct{ *reference }

func (c leasesPage) GetLeases(
	ctx context.Context, keys []string, below time.Duration,
) (map[string]entry, map[string]lease, error) {
	return c.reference.GetLeases(ctx, keys[:min(len(keys), 500)], below)
}

type leasesFirst struct{ *reference }

func (c leasesFirst) GetLeases(
	ctx context.Context, keys []string, below time.Duration,
) (map[string]entry, map[string]lease, error) {
	return c.reference.GetLeases(ctx, keys[:min(len(keys), 1)], below)
}

// leasesTaken grants leases that another caller holds.
type leasesTaken struct{ *reference }

func (c leasesTaken) GetLeases(
	ctx context.Context, keys []string, below time.Duration,
) (map[string]entry, map[string]lease, error) {
	if ctx.Err() == nil {
		c.mu.Lock()
		for _, key := range keys {
			delete(c.leases, key)
		}
		c.mu.Unlock()
	}
	return c.reference.GetLeases(ctx, keys, below)
}
