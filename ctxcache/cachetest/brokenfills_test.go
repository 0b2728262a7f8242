package cachetest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenFills break what Fill, Release, Drop and their calls for many keys promise.
func brokenFills() []broken {
	// Whatever is wrong with a use of a lease that was lost shows wherever a lease was.
	spent := func(use string) []string {
		return []string{
			"Lease/NotGranted/" + use, "Lease/Foreign/" + use, "Lease/OtherKey/" + use, "Lease/OtherCache/" + use,
			"Lease/LostFirst/" + use, "Lease/LostByFill/" + use, "Lease/LostByRelease/" + use, "Lease/OldHolder/" + use,
			"Lease/Lost/*/*", "Lease/Release/*", "Lease/Fill/*", "Lease/Life/LoadGone", "Lease/Life/NoEnd",
			"Drop/Removes/*", "Drop/Ends/" + use,
			"FillMany/WithoutLease", "FillMany/Lost", "FillMany/Refresh", "ReleaseMany/Frees",
		}
	}
	return []broken{
		{
			name: "wraps ErrLeaseLost", new: func() cache { return wrapsLost{newReference()} },
			fails: spent("Fill"),
		},
		{
			name: "fills twice", new: func() cache { return &fillsTwice{reference: newReference()} },
			fails: []string{"Lease/Fill/*", "Lease/LostByFill/Fill"},
		},
		{
			name: "ends a lease by a failed fill", new: func() cache { return failsForGood{newReference()} },
			fails: []string{
				"Errors/Message/Fill", "TTL/Negative*/Fill", "Entry/BadDurations/Fill", "Negative/TTL/Fill", "Lease/FailedFill", "Drop/FailedFill",
			},
		},
		{
			name: "fills in two steps", new: func() cache { return fillsInSteps{newReference()} },
			fails: []string{"Concurrency/FillAgainst*"},
		},
		{
			name: "fills without the lease", new: func() cache { return fillsAlways{newReference()} },
			fails: append(spent("Fill"), "Concurrency/FillAgainst*"),
		},
		{
			name: "fills by any lease that stands", new: func() cache { return fillsAnyKey{newReference()} },
			fails: []string{"Lease/OtherKey/Fill"},
		},
		{
			name: "fills by the lease that it finds", new: func() cache { return fillsTaken{newReference()} },
			fails: []string{
				"Lease/Foreign/Fill", "Lease/OtherKey/Fill", "Lease/OtherCache/Fill", "Lease/LostByRelease/Fill", "Lease/OldHolder/Fill",
				"Lease/Life/LoadGone", "Lease/Life/NoEnd",
			},
		},
		{
			name: "releases by key", new: func() cache { return releasesKey{newReference()} },
			fails: []string{
				"Lease/Foreign/Release", "Lease/OtherKey/Release", "Lease/OtherCache/Release", "Lease/LostByRelease/Release",
				"Lease/OldHolder/Release", "Lease/Life/LoadGone", "Lease/Life/NoEnd",
			},
		},
		{
			name: "releases a lost lease by deletion", new: func() cache { return releasesByDelete{newReference()} },
			fails: append(spent("Release"), "Concurrency/*AgainstSet"), but: []string{"Lease/NotGranted/*"},
		},
		{
			name: "releases a lost lease without an error", new: func() cache { return releasesQuietly{newReference()} },
			fails: append(spent("Release"), "Concurrency/*Against*"),
		},
		{
			name: "releases by its own key", new: func() cache { return releasesToken{newReference()} },
			fails: []string{"Lease/OtherKey/Release"},
		},
		{
			name: "drops by deletion", new: func() cache { return dropsAlways{newReference()} },
			fails: append(spent("Drop"), "Drop/Filled", "Concurrency/DropAgainstSet"), but: []string{"Lease/NotGranted/*"},
		},
		{
			name: "drops the lease only", new: func() cache { return dropsNothing{newReference()} },
			fails: []string{
				"Drop/Removes/*Present", "Drop/Removes/Negative", "Drop/LetsIn/*Present", "Drop/LetsIn/Negative", "Drop/Ends/*",
				"Drop/FailedFill", "Drop/Refreshers",
			},
		},
		{
			name: "drops the value only", new: func() cache { return dropsValue{newReference()} },
			fails: []string{"Drop/Removes/*", "Drop/LetsIn/*", "Drop/Ends/*"},
		},
		{
			name: "drops nothing without an error", new: func() cache { return dropsQuietly{newReference()} },
			fails: append(spent("Drop"), "Drop/Filled"),
		},
		{
			name: "fills many in two steps", new: func() cache { return fillsManyInSteps{newReference()} },
			fails: []string{"Concurrency/FillManyAgainst*"},
		},
		{
			name: "fills many without leases", new: func() cache { return fillsManyAlways{newReference()} },
			fails: append(spent("FillMany"), "Concurrency/FillManyAgainst*", "FillMany/Swapped", "FillMany/Arguments"),
		},
		{
			name: "fills all or nothing", new: func() cache { return fillsAll{newReference()} },
			fails: []string{"FillMany/WithoutLease", "FillMany/Lost"},
		},
		{
			name: "leaves out what has no lease", new: func() cache { return leavesOutUnleased{newReference()} },
			fails: []string{"Lease/NotGranted/FillMany", "FillMany/WithoutLease", "FillMany/Arguments"},
		},
		{
			name: "releases what FillMany has no entry for", new: func() cache { return releasesRest{newReference()} },
			fails: []string{"FillMany/Rest", "FillMany/NoEntries", "FillMany/Arguments"},
		},
		{
			name: "fills one page", new: func() cache { return fillsPage{newReference()} },
			fails: []string{"FillMany/Hundreds"},
		},
		{
			name: "deletes the leases that FillMany was given", new: func() cache { return eatsLeases{newReference()} },
			fails: []string{"FillMany/WithoutLease", "FillMany/Lost", "FillMany/Refresh", "FillMany/Arguments"},
		},
		{
			name: "releases many that were not granted", new: func() cache { return releasesUngranted{newReference()} },
			fails: []string{"ReleaseMany/NotGranted", "ReleaseMany/None"},
		},
		{
			name: "releases many until one is lost", new: func() cache { return releasesAll{newReference()} },
			fails: []string{"ReleaseMany/Lost"},
		},
		{
			name: "releases nothing of many", new: func() cache { return releasesNone{newReference()} },
			fails: append(spent("ReleaseMany"), "ReleaseMany/*"), but: []string{"Lease/NotGranted/*", "ReleaseMany/None"},
		},
		{
			name: "releases lost ones of many without an error", new: func() cache { return releasesManyQuietly{newReference()} },
			fails: append(spent("ReleaseMany"), "ReleaseMany/Lost"), but: []string{"Lease/NotGranted/*"},
		},
		{
			name: "answers after Close", new: func() cache { return answersFills{newReference()} },
			fails: []string{"Close/Closed/fill", "Close/Closed/release"},
		},
	}
}

type wrapsLost struct{ *reference }

func (c wrapsLost) Fill(ctx context.Context, key string, l lease, e entry) error {
	err := c.reference.Fill(ctx, key, l, e)
	if err == ctxcache.ErrLeaseLost {
		err = fmt.Errorf("fill: %w", err)
	}
	return err
}

// fillsTwice takes the lease that has filled last for good.
type fillsTwice struct {
	*reference
	last lease
}

func (c *fillsTwice) Fill(ctx context.Context, key string, l lease, e entry) error {
	c.mu.Lock()
	again := l.Granted() && l == c.last && c.has(key)
	c.mu.Unlock()
	if again {
		return c.SetEntry(ctx, key, e)
	}
	err := c.reference.Fill(ctx, key, l, e)
	if err == nil {
		c.mu.Lock()
		c.last = l
		c.mu.Unlock()
	}
	return err
}

type failsForGood struct{ *reference }

func (c failsForGood) Fill(ctx context.Context, key string, l lease, e entry) error {
	err := c.reference.Fill(ctx, key, l, e)
	if errors.Is(err, ctxcache.ErrTTL) {
		return errors.Join(err, c.Release(ctx, key, l))
	}
	return err
}

// stands looks at a lease, and gives others time to end it.
func (r *reference) stands(key string, l lease) bool {
	r.mu.Lock()
	stands := r.holds(key, l)
	r.mu.Unlock()
	time.Sleep(time.Microsecond)
	return stands
}

type fillsInSteps struct{ *reference }

func (c fillsInSteps) Fill(ctx context.Context, key string, l lease, e entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if e.Check() == nil && !c.stands(key, l) {
		return c.reference.Fill(ctx, key, lease{}, e)
	}
	return c.SetEntry(ctx, key, e)
}

type fillsAlways struct{ *reference }

func (c fillsAlways) Fill(ctx context.Context, key string, _ lease, e entry) error {
	return c.SetEntry(ctx, key, e)
}

// fillsAnyKey looks whether the lease stands, and not on which key.
type fillsAnyKey struct{ *reference }

func (c fillsAnyKey) Fill(ctx context.Context, key string, l lease, e entry) error {
	if token, ok := l.Token().(*refLease); ok && token.key != key && c.stands(token.key, l) {
		return c.SetEntry(ctx, key, e)
	}
	return c.reference.Fill(ctx, key, l, e)
}

// fillsTaken looks whether somebody has the lease, and not who.
type fillsTaken struct{ *reference }

func (c fillsTaken) Fill(ctx context.Context, key string, l lease, e entry) error {
	c.mu.Lock()
	if l.Granted() && c.outstanding(key) != nil {
		l = ctxcache.NewLease(c.outstanding(key))
	}
	c.mu.Unlock()
	return c.reference.Fill(ctx, key, l, e)
}

type releasesKey struct{ *reference }

func (c releasesKey) Release(ctx context.Context, key string, l lease) error {
	c.mu.Lock()
	if l.Granted() && c.outstanding(key) != nil {
		l = ctxcache.NewLease(c.outstanding(key))
	}
	c.mu.Unlock()
	return c.reference.Release(ctx, key, l)
}

type releasesByDelete struct{ *reference }

func (c releasesByDelete) Release(ctx context.Context, key string, l lease) error {
	err := c.reference.Release(ctx, key, l)
	if err == ctxcache.ErrLeaseLost && l.Granted() {
		return errors.Join(c.Delete(ctx, key), err)
	}
	return err
}

type releasesQuietly struct{ *reference }

func (c releasesQuietly) Release(ctx context.Context, key string, l lease) error {
	err := c.reference.Release(ctx, key, l)
	if err == ctxcache.ErrLeaseLost {
		return nil
	}
	return err
}

// releasesToken does not compare the key that it is given with the token's own.
type releasesToken struct{ *reference }

func (c releasesToken) Release(ctx context.Context, key string, l lease) error {
	if token, ok := l.Token().(*refLease); ok {
		key = token.key
	}
	return c.reference.Release(ctx, key, l)
}

type dropsAlways struct{ *reference }

func (c dropsAlways) Drop(ctx context.Context, key string, l lease) error {
	if err := c.reference.Drop(ctx, key, l); err != nil && l.Granted() && err == ctxcache.ErrLeaseLost {
		return errors.Join(c.Delete(ctx, key), err)
	} else {
		return err
	}
}

type dropsNothing struct{ *reference }

func (c dropsNothing) Drop(ctx context.Context, key string, l lease) error {
	return c.Release(ctx, key, l)
}

type dropsValue struct{ *reference }

func (c dropsValue) Drop(ctx context.Context, key string, l lease) error {
	defer c.mu.Unlock()
	if there, err := c.leave(ctx); !there {
		return err
	}
	if !c.holds(key, l) {
		return ctxcache.ErrLeaseLost
	}
	delete(c.items, key)
	return nil
}

type dropsQuietly struct{ *reference }

func (c dropsQuietly) Drop(ctx context.Context, key string, l lease) error {
	err := c.reference.Drop(ctx, key, l)
	if err == ctxcache.ErrLeaseLost {
		return nil
	}
	return err
}

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

// fillsAll fails for every key if one has no lease.
type fillsAll struct{ *reference }

func (c fillsAll) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	for key := range entries {
		if !c.stands(key, leases[key]) && ctx.Err() == nil && entries[key].Check() == nil {
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

// answersFills fills after Close, and has lost all leases by it.
type answersFills struct{ *reference }

func (c answersFills) Fill(ctx context.Context, key string, l lease, e entry) error {
	err := c.reference.Fill(ctx, key, l, e)
	if err == ctxcache.ErrClosed {
		return ctxcache.ErrLeaseLost
	}
	return err
}

func (c answersFills) Release(ctx context.Context, key string, l lease) error {
	err := c.enter(ctx)
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return c.reference.Release(ctx, key, l)
}
