package cachetest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenLeases break what leases promise.
func brokenLeases() []broken {
	on := func(wrap func(l *refLease) lease) func() cache {
		return func() cache { return wrapsLeases{newReference(), wrap} }
	}
	return []broken{
		{
			name:  "keeps the lease on a delete of an absent key",
			new:   func() cache { return deletesPresent{newReference()} },
			fails: []string{"Lease/Lost/*Absent/Delete", "Lease/NextAfter/Delete", "Lease/OldHolder"},
		},
		{
			name: "keeps the lease on a set of many", new: func() cache { return setsManyBeside{newReference()} },
			fails: []string{
				"Lease/Lost/*/SetMany", "Lease/Lost/*/SetEntries", "Lease/Lost/*/NegativeSetEntries",
				"Lease/NextAfter/SetMany", "Lease/NextAfter/SetEntries", "Lease/NextAfter/NegativeSetEntries",
			},
		},
		{
			name: "kills leases of other keys", new: func() cache { return killsStripe{newReference()} },
			fails: []string{"Lease/Kept/*/Remove"},
		},
		{
			name: "grants a lease twice", new: func() cache { return grantsTwice{newReference()} },
			fails: []string{
				"Lease/Exclusive", "Lease/Invisible/GetLease",
				"Lease/ReleaseTwice", "Lease/OldHolder", "Lease/FailedFill",
				"Leases/Exclusive", "Concurrency/GetLease",
			},
		},
		{
			name: "returns a nil lease that is not nil", new: func() cache { return typedNil{newReference()} },
			fails: []string{
				"Lease/Present", "Lease/Negative", "Lease/Exclusive",
				"Lease/ReleaseTwice", "Lease/OldHolder", "Lease/FailedFill",
				"Context/LeavesNoLease", "Concurrency/GetLease", "Refresh/NoExpiry", "Refresh/Exclusive", "Refresh/NotDue", "Leases/Exclusive",
			},
		},
		{
			name: "grants no refresh", new: func() cache { return grantsNoRefresh{newReference()} },
			fails: []string{"Refresh/Due", "Refresh/JustDue"},
		},
		{
			name: "grants refreshes that are not due", new: func() cache { return grantsEarly{newReference()} },
			fails: []string{"Refresh/NotDue", "Refresh/NoExpiry"},
		},
		{
			name: "fills below the due time only", new: func() cache { return grantsBelow{newReference()} },
			fails: []string{"Refresh/JustDue"},
		},
		{
			name: "wraps ErrLeaseLost", fails: []string{"Lease/LostBare"},
			new: on(func(l *refLease) lease { return wrapsLost{l} }),
		},
		{
			name: "fills twice", fails: []string{"Lease/FillEnds"},
			new: on(func(l *refLease) lease { return &fillsTwice{refLease: l} }),
		},
		{
			name: "ends a lease by a failed fill", fails: []string{"Lease/FailedFill"},
			new: on(func(l *refLease) lease { return failsForGood{l} }),
		},
		{
			name: "fills in two steps", fails: []string{"Concurrency/FillAgainst*"},
			new: on(func(l *refLease) lease { return fillsInSteps{l} }),
		},
		{
			name: "releases by key", fails: []string{"Lease/ReleaseTwice", "Lease/OldHolder"},
			new: on(func(l *refLease) lease { return releasesKey{l} }),
		},
		{
			name: "releases a lost lease by deletion",
			fails: []string{
				"Lease/ReleaseLost", "Lease/ReleaseTwice",
				"Lease/OldHolder", "Lease/Lost/*/*Set*",
				"Concurrency/FillAgainstSet",
			}, but: []string{"Lease/Lost/Many*/*"},
			new: on(func(l *refLease) lease { return &releasesByDelete{refLease: l} }),
		},
		{
			name: "fills without the lease",
			fails: []string{
				"Lease/Lost/*/*", "Lease/LostBare",
				"Lease/OldHolder", "Lease/ReleaseEnds", "Lease/FillEnds",
				"Concurrency/FillAgainst*",
			}, but: []string{"Lease/Lost/Many*/*"},
			new: on(func(l *refLease) lease { return fillsAlways{l} }),
		},
	}
}

type deletesPresent struct{ *reference }

func (c deletesPresent) Delete(ctx context.Context, key string) error {
	if _, err := c.GetEntry(ctx, key); err == ctxcache.ErrMiss {
		return nil
	}
	return c.reference.Delete(ctx, key)
}

type setsManyBeside struct{ *reference }

func (c setsManyBeside) SetEntries(ctx context.Context, entries map[string]entry) error {
	c.mu.Lock()
	leases := c.leases
	c.leases = make(map[string]*refLease)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.leases = leases
	}()
	return c.reference.SetEntries(ctx, entries)
}

type killsStripe struct{ *reference }

func (c killsStripe) Remove(ctx context.Context, key string) (bool, error) {
	was, err := c.reference.Remove(ctx, key)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.leases)
	return was, nil
}

type grantsTwice struct{ *reference }

func (c grantsTwice) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, l, err := c.reference.GetLease(ctx, key, refreshBelow)
	if l == nil && err == ctxcache.ErrMiss {
		return e, c.outstanding(key), err
	}
	return e, l, err
}

type typedNil struct{ *reference }

func (c typedNil) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, l, err := c.reference.GetLease(ctx, key, refreshBelow)
	granted, _ := l.(*refLease)
	return e, nilSafe{granted}, err
}

// nilSafe is a lease that may be nil inside.
type nilSafe struct{ *refLease }

func (l nilSafe) Fill(ctx context.Context, e entry) error {
	if l.refLease == nil {
		return ctxcache.ErrLeaseLost
	}
	return l.refLease.Fill(ctx, e)
}

func (l nilSafe) Release(ctx context.Context) error {
	if l.refLease == nil {
		return nil
	}
	return l.refLease.Release(ctx)
}

type grantsNoRefresh struct{ *reference }

func (c grantsNoRefresh) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	if refreshBelow != ctxcache.NoExpiry {
		refreshBelow = 0
	}
	return c.reference.GetLease(ctx, key, refreshBelow)
}

type grantsEarly struct{ *reference }

func (c grantsEarly) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	if refreshBelow > 0 {
		refreshBelow = ctxcache.NoExpiry
	}
	return c.reference.GetLease(ctx, key, refreshBelow)
}

type grantsBelow struct{ *reference }

func (c grantsBelow) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	if refreshBelow != ctxcache.NoExpiry {
		refreshBelow--
	}
	return c.reference.GetLease(ctx, key, refreshBelow)
}

// wrapsLeases wraps the leases that GetLease grants.
type wrapsLeases struct {
	*reference
	wrap func(*refLease) lease
}

func (c wrapsLeases) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, l, err := c.reference.GetLease(ctx, key, refreshBelow)
	if granted, ok := l.(*refLease); ok {
		l = c.wrap(granted)
	}
	return e, l, err
}

type wrapsLost struct{ *refLease }

func (l wrapsLost) Fill(ctx context.Context, e entry) error {
	err := l.refLease.Fill(ctx, e)
	if err == ctxcache.ErrLeaseLost {
		err = fmt.Errorf("fill: %w", err)
	}
	return err
}

type fillsTwice struct {
	*refLease
	filled bool
}

func (l *fillsTwice) Fill(ctx context.Context, e entry) error {
	if l.filled {
		return l.cache.SetEntry(ctx, l.key, e)
	}
	err := l.refLease.Fill(ctx, e)
	l.filled = err == nil
	return err
}

type failsForGood struct{ *refLease }

func (l failsForGood) Fill(ctx context.Context, e entry) error {
	err := l.refLease.Fill(ctx, e)
	if errors.Is(err, ctxcache.ErrTTL) {
		return errors.Join(err, l.Release(ctx))
	}
	return err
}

type fillsInSteps struct{ *refLease }

func (l fillsInSteps) Fill(ctx context.Context, e entry) error {
	l.cache.mu.Lock()
	held := l.cache.leases[l.key] == l.refLease
	l.cache.mu.Unlock()
	if !held {
		return ctxcache.ErrLeaseLost
	}
	time.Sleep(time.Microsecond)
	return l.cache.SetEntry(ctx, l.key, e)
}

type releasesKey struct{ *refLease }

func (l releasesKey) Release(ctx context.Context) error {
	l.cache.mu.Lock()
	defer l.cache.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	delete(l.cache.leases, l.key)
	return nil
}

type releasesByDelete struct {
	*refLease
	filled bool
}

func (l *releasesByDelete) Fill(ctx context.Context, e entry) error {
	err := l.refLease.Fill(ctx, e)
	l.filled = l.filled || err == nil
	return err
}

func (l *releasesByDelete) Release(ctx context.Context) error {
	l.cache.mu.Lock()
	lost := l.cache.leases[l.key] != l.refLease && !l.filled
	l.cache.mu.Unlock()
	if lost {
		return l.cache.Delete(ctx, l.key)
	}
	return l.refLease.Release(ctx)
}

type fillsAlways struct{ *refLease }

func (l fillsAlways) Fill(ctx context.Context, e entry) error { return l.cache.SetEntry(ctx, l.key, e) }
