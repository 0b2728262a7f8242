package cachetest_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// brokenFills returns caches that break what Fill, Release, Drop and their calls for many keys promise.
func brokenFills() []broken {
	// A cache that accepts one use of a lost lease fails every case that makes this use after the loss.
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
			chance: []string{"Concurrency/AllOperations"}, // its ErrLeaseLost is not bare
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
				"Drop/FailedFill", "Drop/Refreshers", "Watch/Drop",
			},
		},
		{
			name: "drops the value only", new: func() cache { return dropsValue{newReference()} },
			fails: []string{"Drop/Removes/*", "Drop/LetsIn/*", "Drop/Ends/*", "Watch/Drop"},
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

// fillsTwice lets the lease that filled last fill again.
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

// stands reports whether the lease stands, and then gives others time to end it.
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

// fillsAnyKey checks that the lease stands, but not that it is a lease on this key.
type fillsAnyKey struct{ *reference }

func (c fillsAnyKey) Fill(ctx context.Context, key string, l lease, e entry) error {
	if token, ok := l.Token().(*refLease); ok && token.key != key && c.stands(token.key, l) {
		return c.SetEntry(ctx, key, e)
	}
	return c.reference.Fill(ctx, key, l, e)
}

// fillsTaken checks that somebody holds the lease, but not that the caller does.
type fillsTaken struct{ *reference }

func (c fillsTaken) Fill(ctx context.Context, key string, l lease, e entry) error {
	c.mu.Lock()
	if l.Granted() && c.outstanding(key) != nil {
		l = ctxcache.NewLease(c.outstanding(key))
	}
	c.mu.Unlock()
	return c.reference.Fill(ctx, key, l, e)
}

// answersFills gives wrong answers after Close: Fill is ErrLeaseLost, and Release is ErrClosed.
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
