package cachetest_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenCapabilities returns caches that break what Supports, Contains, Remove, Len, Clear, Stats and Watch promise.
func brokenCapabilities() []broken {
	return []broken{
		{
			name:  "claims an interface that it lacks",
			new:   func() cache { return claims{newMinimal(), ctxcache.CapContains} },
			fails: []string{"Supports/Implemented/contains"},
		},
		{
			name:  "claims shared leases without leases",
			new:   func() cache { return claims{newMinimal(), ctxcache.CapLeaseShared} },
			fails: []string{"Supports/Shared"},
		},
		{
			name: "claims what its inner cache lacks", new: func() cache { return cannotCount{newReference()} },
			fails: []string{
				"Context/*/stats", "Close/Closed/stats",
				"Supports/Works/stats", "Stats/*", "Concurrency/AllOperations",
			},
		},
		{
			name:  "counts nothing",
			new:   func() cache { return countsNothing{claims{newMinimal(), ctxcache.CapLen.In(ctxcache.ScopesWhole)}} },
			fails: []string{"Scope/Len/All", "Unsupported/len/*", "Context/*/len"},
		},
		{
			name:  "clears nothing",
			new:   func() cache { return clearsNothing{claims{newMinimal(), ctxcache.CapClear.In(ctxcache.ScopesWhole)}} },
			fails: []string{"Scope/Clear/All", "Unsupported/clear/*", "Context/*/clear", "Delete/Twice/Clear", "Removal*/Clear/*"},
		},
		{
			name:  "claims scopes that it lacks",
			new:   func() cache { return wholeOnly{newReference(), ctxcache.ScopesAny} },
			fails: []string{"Scope/*/*"}, but: []string{"Scope/*/All"}, within: "Scope/",
		},
		{
			name:  "reaches further than it says",
			new:   func() cache { return narrows{newReference()} },
			fails: []string{"Unsupported/*/Whole", "Unsupported/*/Match"},
		},
		{
			name: "changes its mind", new: func() cache { return &changesMind{minimal: newMinimal()} },
			fails: []string{"Supports/Constant"},
		},
		{
			name: "contains negative entries", new: func() cache { return containsNegative{newReference()} },
			fails: []string{
				"WriteNegative/*/Contains", "Overwrite/ByNegative/*",
				"Refresh/Negative/*", "Negative/Default", "FillMany/Negative",
			},
		},
		{
			name: "removes negative entries as values", new: func() cache { return removesNegative{newReference()} },
			fails: []string{"Remove/Negative"},
		},
		{
			name: "counts leases", new: func() cache { return countsLeases{newReference()} },
			fails: []string{"Lease/Invisible/Len"},
		},
		{
			name: "clears everything", new: func() cache { return clearsAll{newReference()} },
			fails: []string{"Scope/Clear/*", "RemovalSpares/Clear*", "Lease/Kept/*/Clear*"},
			but:   []string{"Scope/Clear/All"},
		},
		{
			name: "clears what is present only", new: func() cache { return clearsPresent{newReference()} },
			fails: []string{"Lease/Lost/*Absent/Clear*", "Lease/LostFirst/*", "Lease/NextAfter/Clear*"},
		},
		{
			name: "counts down", new: func() cache { return &countsDown{reference: newReference()} },
			fails: []string{"Stats/Monotone"},
		},
		{
			name: "forgets the events of many", new: func() cache { return tellsSingles{newReference()} },
			fails: []string{"Watch/*/SetMany", "Watch/*/SetEntries"},
		},
		{
			name: "ends a watch without an error", new: func() cache { return endsSilently{newReference()} },
			fails: []string{"Context/*/watch", "Watch/*", "Watch/*/*"}, but: []string{"Watch/StoredKey"},
		},
		{
			name: "watches without a first gap", new: func() cache { return startsSilently{newReference()} },
			fails: []string{"Watch/Begins", "Watch/Reports", "Watch/Together", "Watch/Again", "Watch/Slow"},
		},
		{
			name: "stores keys under one", new: func() cache { return storesUnderOne{newReference()} },
			fails: []string{"Watch/StoredKey"},
		},
	}
}

type claims struct {
	*minimal
	caps ctxcache.Cap
}

func (c claims) Supports() ctxcache.Cap { return c.caps }

type clearsNothing struct{ claims }

func (clearsNothing) Clear(context.Context, scope) error { return nil }

type countsNothing struct{ claims }

func (countsNothing) Len(context.Context, scope) (int, error) { return 0, nil }

// narrows reports only scopes with a prefix, as a cache in a shared store does. It works in every scope all the same.
type narrows struct{ *reference }

func (c narrows) Supports() ctxcache.Cap { return c.reference.Supports().In(ctxcache.ScopesPrefixed) }

type cannotCount struct{ *reference }

func (c cannotCount) Stats(context.Context) (ctxcache.Stats, error) {
	return ctxcache.Stats{}, errors.ErrUnsupported
}

type changesMind struct {
	*minimal
	asked atomic.Int64
}

func (c *changesMind) Supports() ctxcache.Cap {
	if c.asked.Add(1) > 2 {
		return ctxcache.CapRemove
	}
	return 0
}

type containsNegative struct{ *reference }

func (c containsNegative) Contains(ctx context.Context, key string) (bool, error) {
	if _, err := c.GetEntry(ctx, key); err == ctxcache.ErrNotFound {
		return true, nil
	}
	return c.reference.Contains(ctx, key)
}

type removesNegative struct{ *reference }

func (c removesNegative) Remove(ctx context.Context, key string) (bool, error) {
	_, err := c.GetEntry(ctx, key)
	was, removeErr := c.reference.Remove(ctx, key)
	return was || err == ctxcache.ErrNotFound, removeErr
}

type countsLeases struct{ *reference }

func (c countsLeases) Len(ctx context.Context, s scope) (int, error) {
	n, err := c.reference.Len(ctx, s)
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.leases {
		if s.Covers(key) && !c.has(key) {
			n++
		}
	}
	return n, err
}

type clearsAll struct{ *reference }

func (c clearsAll) Clear(ctx context.Context, _ scope) error { return c.reference.Clear(ctx, scope{}) }

type clearsPresent struct{ *reference }

func (c clearsPresent) Clear(ctx context.Context, s scope) error {
	c.mu.Lock()
	keys := slices.Collect(maps.Keys(c.items))
	c.mu.Unlock()
	return c.DeleteMany(ctx, slices.DeleteFunc(keys, func(key string) bool { return !s.Covers(key) }))
}

type countsDown struct {
	*reference
	asked atomic.Int64
}

func (c *countsDown) Stats(ctx context.Context) (ctxcache.Stats, error) {
	stats, err := c.reference.Stats(ctx)
	stats.Evictions = uint64(1000 - c.asked.Add(1))
	return stats, err
}

type tellsSingles struct{ *reference }

func (c tellsSingles) SetEntries(ctx context.Context, entries map[string]entry) error {
	defer c.mute()()
	return c.reference.SetEntries(ctx, entries)
}
