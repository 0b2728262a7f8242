package cachetest_test

import (
	"context"
	"maps"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenLeases returns caches that break what GetLease, GetLeases and invalidations promise.
func brokenLeases() []broken {
	one := func(alter func(r *reference, key string, l lease) lease) func() cache {
		return func() cache { return altersLeases{newReference(), alter} }
	}
	many := func(alter func(keys []string, leases map[string]lease)) func() cache {
		return func() cache { return altersMany{newReference(), alter} }
	}
	below := func(alter func(time.Duration) time.Duration) func() cache {
		return func() cache { return altersBelow{newReference(), alter} }
	}
	return []broken{
		{
			name: "keeps the lease on a delete of an absent key", new: func() cache { return deletesPresent{newReference()} },
			fails: []string{
				"Lease/Lost/*Absent/Delete", "Lease/NextAfter/Delete", "Lease/OldHolder/*",
				"Lease/LostFirst/*", "FillMany/Lost", "ReleaseMany/Lost",
			},
		},
		{
			name: "keeps the lease on a set of many", new: func() cache { return setsManyBeside{newReference()} },
			fails: []string{
				"Lease/Lost/*/*SetMany", "Lease/Lost/*/*SetEntries", "Lease/LostFirst/*",
				"Lease/NextAfter/*SetMany", "Lease/NextAfter/*SetEntries",
			},
		},
		{
			name: "kills leases of other keys", new: func() cache { return killsStripe{newReference()} },
			fails: []string{"Lease/Kept/*/Remove"},
		},
		{
			name: "grants a lease twice", new: one(func(r *reference, key string, l lease) lease {
				if l.Refusal() == ctxcache.Loading {
					return ctxcache.NewLease(r.leases[key])
				}
				return l
			}),
			fails: []string{
				"Lease/Exclusive", "Lease/Invisible/GetLease", "Lease/LostByRelease/*", "Lease/OldHolder/*", "Lease/FailedFill",
				"Lease/Life/*", "Leases/Exclusive", "Concurrency/GetLease", "Refresh/Exclusive",
				"FillMany/WithoutLease", "FillMany/Failed", "FillMany/Rest", "ReleaseMany/NotGranted", "ReleaseMany/Lost",
			},
		},
		{
			name: "refuses for no reason", new: one(func(_ *reference, _ string, l lease) lease {
				if !l.Granted() {
					return lease{}
				}
				return l
			}),
			fails: []string{"Lease/Exclusive", "Leases/Exclusive", "Refresh/Exclusive"},
		},
		{
			name: "refuses what is not due", new: one(func(_ *reference, _ string, l lease) lease {
				if l == (lease{}) {
					return ctxcache.NoLease(ctxcache.Loading)
				}
				return l
			}),
			fails: []string{"Lease/Present", "Lease/Negative", "Refresh/NoExpiry", "Refresh/NotDue"},
		},
		{
			name: "grants leases that are not comparable", new: func() cache { return slicedTokens{newReference()} },
			fails: []string{"Lease/Comparable"}, within: "Lease/Comparable",
		},
		{
			name: "grants the same lease again", new: func() cache { return &grantsSame{reference: newReference(), leases: make(map[string]lease)} },
			fails: []string{"Lease/Comparable", "Lease/LostByRelease/*", "Lease/OldHolder/*", "Lease/Life/LoadGone", "Lease/Life/NoEnd"},
		},
		{
			name: "grants no refresh", fails: []string{"Refresh/Due", "Refresh/JustDue"},
			new: below(func(below time.Duration) time.Duration {
				if below > 0 && below != ctxcache.NoExpiry {
					return 0
				}
				return below
			}),
		},
		{
			name: "takes a negative refreshBelow for 0", fails: []string{"Refresh/BelowZero"},
			new: below(func(below time.Duration) time.Duration { return max(below, 0) }),
		},
		{
			name: "grants refreshes that are not due", fails: []string{"Refresh/NotDue", "Refresh/NoExpiry"},
			new: below(func(below time.Duration) time.Duration {
				if below > 0 {
					return ctxcache.NoExpiry
				}
				return below
			}),
		},
		{
			name: "grants below the due time only", fails: []string{"Refresh/JustDue"},
			new: below(func(below time.Duration) time.Duration {
				if below > 0 && below != ctxcache.NoExpiry {
					return below - 1
				}
				return below
			}),
		},
		{
			name: "leaves out leases that another has", new: many(func(_ []string, leases map[string]lease) {
				maps.DeleteFunc(leases, func(_ string, l lease) bool { return !l.Granted() })
			}),
			fails: []string{"Leases/Mixed", "Leases/Refreshing", "FillMany/WithoutLease", "ReleaseMany/NotGranted"},
		},
		{
			name: "returns leases on keys that are not due", new: many(func(keys []string, leases map[string]lease) {
				for _, key := range keys {
					lease := leases[key] // the zero Lease, where the key is not due
					leases[key] = lease
				}
			}),
			fails: []string{"Leases/Mixed", "Leases/Refresh", "Leases/Negative"},
		},
		{
			name: "refuses many for no reason", new: many(func(_ []string, leases map[string]lease) {
				for key, l := range leases {
					if !l.Granted() {
						leases[key] = ctxcache.NoLease(ctxcache.Unavailable)
					}
				}
			}),
			fails: []string{"Leases/Mixed", "Leases/Refreshing"},
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

// altersLeases alters the lease that GetLease returns.
type altersLeases struct {
	*reference
	alter func(r *reference, key string, l lease) lease
}

func (c altersLeases) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, l, err := c.reference.GetLease(ctx, key, refreshBelow)
	if err == nil || err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound {
		c.mu.Lock()
		defer c.mu.Unlock()
		l = c.alter(c.reference, key, l)
	}
	return e, l, err
}

// altersMany alters the leases that GetLeases returns.
type altersMany struct {
	*reference
	alter func(keys []string, leases map[string]lease)
}

func (c altersMany) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]entry, map[string]lease, error) {
	found, leases, err := c.reference.GetLeases(ctx, keys, refreshBelow)
	if err == nil {
		c.alter(keys, leases)
	}
	return found, leases, err
}

// altersBelow alters the refreshBelow of GetLease.
type altersBelow struct {
	*reference
	alter func(time.Duration) time.Duration
}

func (c altersBelow) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	return c.reference.GetLease(ctx, key, c.alter(refreshBelow))
}

// slicedTokens grants leases whose tokens cannot be compared.
type slicedTokens struct{ *reference }

func (c slicedTokens) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, l, err := c.reference.GetLease(ctx, key, refreshBelow)
	if l.Granted() {
		l = ctxcache.NewLease([]any{l.Token()})
	}
	return e, l, err
}

// grantsSame grants the same lease on a key to every holder.
type grantsSame struct {
	*reference
	leases map[string]lease
}

func (c *grantsSame) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, l, err := c.reference.GetLease(ctx, key, refreshBelow)
	if l.Granted() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if again, has := c.leases[key]; has {
			c.reference.leases[key] = again.Token().(*refLease)
			return e, again, err
		}
		c.leases[key] = l
	}
	return e, l, err
}
