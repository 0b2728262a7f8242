package sim_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// broken are stacks that break promises, each of one kind at least.
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
}

// TestSimBites: a stack that is broken is found out.
func TestSimBites(t *testing.T) {
	const enough = 300
	for _, b := range broken {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(enough) {
				if simulate(t, planOf(seed), b.variant, false).broke(b.kind) {
					t.Logf("found out by seed %d", seed)
					return
				}
			}
			t.Errorf("%d seeds did not find out", enough)
		})
	}
}

// gapless is a far whose watchers are told of no gap but the first.
type gapless struct {
	ctxcache.Forward[string, value]
}

func ignoreGaps(c cache) cache { return gapless{ctxcache.NewForward(c)} }

func (c gapless) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	told := false
	return c.Forward.Watch(ctx, func(e ctxcache.Event) {
		if !e.Gap || !told {
			fn(e)
		}
		told = true
	})
}

// presentOnly is a cache that does not care for what is about to come.
type presentOnly struct {
	ctxcache.Forward[string, value]
}

func deletePresentOnly(c cache) cache { return presentOnly{ctxcache.NewForward(c)} }

func (c presentOnly) Delete(ctx context.Context, key string) error {
	if has, err := c.Contains(ctx, key); err != nil || !has {
		return err
	}
	return c.Forward.Delete(ctx, key)
}

func (c presentOnly) Remove(ctx context.Context, key string) (bool, error) {
	if has, err := c.Contains(ctx, key); err != nil || !has {
		return false, err
	}
	return c.Forward.Remove(ctx, key)
}

// leasing is a cache whose leases are changed.
type leasing struct {
	ctxcache.Forward[string, value]
	change func(key string, l lease) lease
}

func (c leasing) GetLease(ctx context.Context, key string, refreshBelow time.Duration) (entry, lease, error) {
	e, l, err := c.Forward.GetLease(ctx, key, refreshBelow)
	if l != nil {
		l = c.change(key, l)
	}
	return e, l, err
}

func (c leasing) GetLeases(ctx context.Context, keys []string, refreshBelow time.Duration) (map[string]entry, map[string]lease, error) {
	found, leases, err := c.Forward.GetLeases(ctx, keys, refreshBelow)
	for key, l := range leases {
		leases[key] = c.change(key, l)
	}
	return found, leases, err
}

// unfence lets leases store whatever became of them.
func unfence(c cache) cache {
	return leasing{ctxcache.NewForward(c), func(key string, l lease) lease { return unfenced{l, c, key} }}
}

type unfenced struct {
	lease
	cache cache
	key   string
}

func (l unfenced) Fill(ctx context.Context, e entry) error {
	err := l.lease.Fill(ctx, e)
	if err == ctxcache.ErrLeaseLost {
		return ctxcache.SetEntry(ctx, l.cache, l.key, e)
	}
	return err
}

// keepLeases lets nobody release.
func keepLeases(c cache) cache {
	return leasing{ctxcache.NewForward(c), func(_ string, l lease) lease { return kept{l} }}
}

type kept struct{ lease }

func (kept) Release(context.Context) error { return nil }

// forget lets fills store nothing.
func forget(c cache) cache {
	return leasing{ctxcache.NewForward(c), func(_ string, l lease) lease { return forgetful{l} }}
}

type forgetful struct{ lease }

func (forgetful) Fill(context.Context, entry) error { return nil }
