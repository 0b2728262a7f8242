package cachetest_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// sharing is a reference whose store other caches share.
type sharing struct{ *reference }

func newSharing() cache { return sharing{newReference()} }

func (c sharing) Supports() ctxcache.Cap { return c.reference.Supports() | ctxcache.CapLeaseShared }

// twoSharing returns two caches in one store. They may not be used concurrently.
func twoSharing() (one, other sharing) {
	one, other = sharing{newReference()}, sharing{newReference()}
	other.items, other.leases = one.items, one.leases
	return one, other
}

// TestReferenceShared runs the suite on caches that share a store.
func TestReferenceShared(t *testing.T) {
	result := cachetest.Run(t, func(*testing.T) cache { return newSharing() }, cachetest.FakeTime(), cachetest.LeaseTTL(leaseTTL),
		cachetest.Shared(func(*testing.T) (one, other cache) {
			a, b := twoSharing()
			return a, b
		}))
	for _, u := range result.Unproved {
		if u.Because == "needs Shared" {
			t.Errorf("%s is unproved", u.Case)
		}
	}
}

// brokenShared returns caches that claim CapLeaseShared, although not everything is shared.
func brokenShared() []broken {
	return []broken{
		{
			name: "has a table of leases for each process", new: newSharing,
			shared: func() (one, other cache) {
				a, b := twoSharing()
				b.leases = make(map[string]*refLease)
				return a, b
			},
			fails: []string{"Shared/Exclusive", "Shared/Lost/*", "Shared/Refresh"},
		},
		{
			name: "has a store for each process", new: newSharing,
			shared: func() (one, other cache) { return newSharing(), newSharing() },
			fails:  []string{"Shared/Exclusive", "Shared/Lost/*", "Shared/Refresh", "Shared/Found/*"},
		},
		{
			name: "keeps other processes out after a release", new: newSharing,
			shared: func() (one, other cache) {
				a, b := twoSharing()
				return holdsOn{a}, b
			},
			fails: []string{"Shared/Freed/Release"},
		},
	}
}

// holdsOn leaves a lease in the store when it gives one up.
type holdsOn struct{ sharing }

func (c holdsOn) Release(ctx context.Context, key string, l lease) error {
	err := c.sharing.Release(ctx, key, l)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.leases[key] = &refLease{cache: c.reference, key: key, load: context.Background(), until: time.Now().Add(c.leaseTTL)}
	}
	return err
}
