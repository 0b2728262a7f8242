package cachetest_test

import (
	"context"
	"errors"
	"maps"

	"github.com/ctxcache/cached/ctxcache"
)

type fillsManyInSteps struct{ *reference }

func (c fillsManyInSteps) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	failed := make(map[string]error)
	for key, e := range entries {
		if c.stands(key, leases[key]) || e.Check() != nil {
			failed[key] = c.SetEntry(ctx, key, e)
		} else {
			failed[key] = c.Fill(ctx, key, lease{}, e)
		}
	}
	maps.DeleteFunc(failed, func(_ string, err error) bool { return err == nil })
	return ctxcache.NewManyError(failed)
}

type fillsManyAlways struct{ *reference }

func (c fillsManyAlways) FillMany(ctx context.Context, entries map[string]entry, _ map[string]lease) error {
	return c.SetEntries(ctx, entries)
}

// fillsAll fails for every key if one of them has no lease.
type fillsAll struct{ *reference }

func (c fillsAll) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	for key, e := range entries {
		if !c.stands(key, leases[key]) && ctx.Err() == nil && e.Check() == nil {
			return c.reference.FillMany(ctx, entries, nil)
		}
	}
	return c.reference.FillMany(ctx, entries, leases)
}

type leavesOutUnleased struct{ *reference }

func (c leavesOutUnleased) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	entries = maps.Clone(entries)
	maps.DeleteFunc(entries, func(key string, _ entry) bool { return !leases[key].Granted() })
	return c.reference.FillMany(ctx, entries, leases)
}

type releasesRest struct{ *reference }

func (c releasesRest) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	err := c.reference.FillMany(ctx, entries, leases)
	for key, l := range leases {
		if _, has := entries[key]; !has {
			_ = c.Release(ctx, key, l)
		}
	}
	return err
}

type fillsPage struct{ *reference }

func (c fillsPage) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	entries = maps.Clone(entries)
	for key := range entries {
		if len(entries) > 256 {
			delete(entries, key)
		}
	}
	return c.reference.FillMany(ctx, entries, leases)
}

type eatsLeases struct{ *reference }

func (c eatsLeases) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	err := c.reference.FillMany(ctx, entries, leases)
	for key := range entries {
		if ctxcache.KeyError(err, key) == nil {
			delete(leases, key)
		}
	}
	return err
}

type releasesUngranted struct{ *reference }

func (c releasesUngranted) ReleaseMany(ctx context.Context, leases map[string]lease) error {
	failed := make(map[string]error)
	for key, l := range leases {
		if err := c.Release(ctx, key, l); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

// releasesAll releases nothing if one lease was lost.
type releasesAll struct{ *reference }

func (c releasesAll) ReleaseMany(ctx context.Context, leases map[string]lease) error {
	failed := make(map[string]error)
	for key, l := range leases {
		if l.Granted() && !c.stands(key, l) {
			failed[key] = ctxcache.ErrLeaseLost
		}
	}
	if err := ctxcache.NewManyError(failed); err != nil && ctx.Err() == nil {
		return err
	}
	return c.reference.ReleaseMany(ctx, leases)
}

type releasesNone struct{ *reference }

func (c releasesNone) ReleaseMany(ctx context.Context, _ map[string]lease) error {
	return c.reference.ReleaseMany(ctx, nil)
}

type releasesManyQuietly struct{ *reference }

func (c releasesManyQuietly) ReleaseMany(ctx context.Context, leases map[string]lease) error {
	err := c.reference.ReleaseMany(ctx, leases)
	if errors.Is(err, ctxcache.ErrLeaseLost) {
		return nil
	}
	return err
}
