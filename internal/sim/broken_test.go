package sim_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

// broken are stacks that break promises. Each breaks at least one promise of its kind.
var broken = []struct {
	name    string
	kind    string
	variant variant
}{
	{"NearIgnoresGap", "stale", variant{client: ignoreGaps}},
	{"NearDoesNotFollow", "stale", variant{incoherent: true}},
	{"NearFillsLostLease", "stale", variant{near: unfence}},
	{"FarFillsLostLease", "stale", variant{far: unfence}},
	{"NearDeletesWhatIsPresentOnly", "stale", variant{near: deletePresentOnly}},
	{"FarDeletesWhatIsPresentOnly", "stale", variant{far: deletePresentOnly}},
	{"LeasesAreNotReleased", "leftovers", variant{client: keepLeases}},
	{"FarForgetsFills", "loads", variant{far: forget}},
	{"AllOptionsNearFillsLostLease", "stale", variant{allOptions: true, near: unfence}},
	{"AllOptionsFarFillsLostLease", "stale", variant{allOptions: true, far: unfence}},
	{"AllOptionsFarDeletesWhatIsPresentOnly", "stale", variant{allOptions: true, far: deletePresentOnly}},
	{"AllOptionsLeasesAreNotReleased", "leftovers", variant{allOptions: true, client: keepLeases}},
	{"AllOptionsFarForgetsFills", "loads", variant{allOptions: true, far: forget}},
	{"WatchReconnectsWithoutGap", "stale", variant{client: reconnect}},
	{"NearIsNotClearedAtAGap", "stale", variant{near: keepAtGaps}},
	{"ResilientWatchReconnectsWithoutGap", "stale", variant{resilient: true, client: reconnect}},
	{"ResilientNearIsNotClearedAtAGap", "stale", variant{resilient: true, near: keepAtGaps}},
	{"ResilientNearFillsLostLease", "stale", variant{resilient: true, near: unfence}},
	{"ResilientFarFillsLostLease", "stale", variant{resilient: true, far: unfence}},
	{"ResilientReplayDoesNothing", "recovery", variant{resilient: true, client: replayNothing}},
	{"ResilientFarHidesOutages", "recovery", variant{resilient: true, client: hideOutages}},
}

// TestSimBites checks that the simulator finds out every broken stack.
func TestSimBites(t *testing.T) {
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			bites(t, b.variant, b.kind, planOf)
		})
	}
	t.Run("ResilientFarDoesNotKnowOfLateWrites", func(t *testing.T) {
		t.Parallel()
		bites(t, variant{resilient: true, client: neverLate}, "stale", latePlanOf)
	})
	t.Run("ResilientListIsNotCleanedBeforeReads", func(t *testing.T) {
		t.Parallel()
		bites(t, variant{resilient: true, client: cleanNothing}, "stale", listedPlanOf)
	})
}

// bites fails the test if no seed makes v break a promise of this kind.
func bites(t *testing.T, v variant, kind string, planOf func(seed uint64) plan) {
	t.Helper()
	const enough = 300
	for seed := range uint64(enough) {
		if simulate(t, planOf(seed), v, false).broke(kind) {
			t.Logf("found out by seed %d", seed)
			return
		}
	}
	t.Errorf("%d seeds did not find out", enough)
}

// double describes the broken stacks.
var double = ctxcache.Description{Kind: "double"}

// gapless is a far that passes only the first gap on to its watchers.
type gapless struct {
	ctxcache.Forward[string, value]
}

func ignoreGaps(c cache) cache { return &gapless{ctxcache.NewForward(c, double)} }

func (c *gapless) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	told := false
	return c.Forward.Watch(ctx, func(e ctxcache.Event) {
		if !e.Gap || !told {
			fn(e)
		}
		told = true
	})
}

// presentOnly is a cache that ignores the deletion of an absent key, even if somebody is about to fill it.
type presentOnly struct {
	ctxcache.Forward[string, value]
}

func deletePresentOnly(c cache) cache { return &presentOnly{ctxcache.NewForward(c, double)} }

func (c *presentOnly) Delete(ctx context.Context, key string) error {
	if has, err := c.Contains(ctx, key); err != nil || !has {
		return err
	}
	return c.Forward.Delete(ctx, key)
}

func (c *presentOnly) Remove(ctx context.Context, key string) (bool, error) {
	if has, err := c.Contains(ctx, key); err != nil || !has {
		return false, err
	}
	return c.Forward.Remove(ctx, key)
}

// unfenced stores every fill, even if its lease was lost.
type unfenced struct {
	ctxcache.Forward[string, value]
}

func unfence(c cache) cache { return &unfenced{ctxcache.NewForward(c, double)} }

func (c *unfenced) Fill(ctx context.Context, key string, l lease, e entry) error {
	err := c.Forward.Fill(ctx, key, l, e)
	if err == ctxcache.ErrLeaseLost && l.Granted() {
		return c.SetEntry(ctx, key, e)
	}
	return err
}

func (c *unfenced) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	return fillEach(ctx, c, entries, leases)
}

// fillEach implements FillMany with Fill.
func fillEach(ctx context.Context, c ctxcache.LeaseCache[string, value], entries map[string]entry, leases map[string]lease) error {
	failed := make(map[string]error)
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if err := c.Fill(ctx, key, leases[key], entries[key]); err != nil {
			failed[key] = err
		}
	}
	return ctxcache.NewManyError(failed)
}

// keeping never releases leases.
type keeping struct {
	ctxcache.Forward[string, value]
}

func keepLeases(c cache) cache { return &keeping{ctxcache.NewForward(c, double)} }

func (*keeping) Release(context.Context, string, lease) error        { return nil }
func (*keeping) ReleaseMany(context.Context, map[string]lease) error { return nil }
func (*keeping) Drop(context.Context, string, lease) error           { return nil }

// forgetful is a cache whose fills store nothing.
type forgetful struct {
	ctxcache.Forward[string, value]
}

func forget(c cache) cache { return &forgetful{ctxcache.NewForward(c, double)} }

func (c *forgetful) Fill(ctx context.Context, key string, l lease, _ entry) error {
	return c.Release(ctx, key, l)
}

func (c *forgetful) FillMany(ctx context.Context, entries map[string]entry, leases map[string]lease) error {
	return fillEach(ctx, c, entries, leases)
}
