package memcached_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
)

// crowd keeps commands waiting until size of them have come, then lets these go on together. It counts how many are in
// progress at a time.
type crowd struct {
	ctx  context.Context // ends the waiting
	size int

	mu              sync.Mutex
	come, now, most int
	full            chan struct{} // closed when the next ones have come
}

func (c *crowd) enter() {
	c.mu.Lock()
	c.come++
	c.now++
	c.most = max(c.most, c.now)
	full := c.full
	if c.come%c.size == 0 {
		close(full)
		c.full = make(chan struct{})
	}
	c.mu.Unlock()
	select {
	case <-full:
	case <-c.ctx.Done():
	}
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now--
}

// TestManyLeasesAtATime uses a server that answers a cas only when as many have come as should be in progress at a
// time.
func TestManyLeasesAtATime(t *testing.T) {
	for _, c := range []struct{ idle, width int }{{0, 16}, {4, 4}} {
		for _, fills := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/%v", c.width, fills), func(t *testing.T) {
				fake := newFakeServer(t)
				cache := newCacheOver(t, fake, &memcached.Options{MaxIdleConns: c.idle, Timeout: patiently, LeaseTTL: hour})
				crowd := &crowd{ctx: t.Context(), size: c.width, full: make(chan struct{})}
				var keys []string
				entries := make(map[string]entry)
				for i := range 3 * c.width {
					key := fmt.Sprintf("key%d", i)
					keys = append(keys, key)
					entries[key] = filling(key)
				}
				must(t, cache.Release(t.Context(), "first", absentLease(t, t.Context(), cache, "first"))) // the server has CAS
				gets, cas := fake.count("gets "), fake.count("cas ")
				_, leases, err := cache.GetLeases(t.Context(), keys, 0)
				must(t, err)
				fake.aroundCAS(crowd.enter, crowd.leave)
				if fills {
					must(t, cache.FillMany(t.Context(), entries, leases))
				} else {
					must(t, cache.ReleaseMany(t.Context(), leases))
				}
				if crowd.most != c.width {
					t.Errorf("%d cas were in progress at a time, want %d", crowd.most, c.width)
				}
				if gets, cas := fake.count("gets ")-gets, fake.count("cas ")-cas; gets != 2 || cas != len(keys) {
					t.Errorf("%d gets and %d cas for the leases on %d keys, want 2 and one for each", gets, cas, len(keys))
				}
				for _, key := range keys {
					want := ctxcache.ErrMiss
					if fills {
						want = nil
					}
					if got, err := cache.Get(t.Context(), key); err != want || fills && string(got) != key {
						t.Errorf("Get: %q, %v", got, err)
					}
				}
			})
		}
	}
}

func TestManyLeasesOnThreeServers(t *testing.T) {
	cache, servers, keys := threeServers(t, &memcached.Options{Prefix: "p:"})
	ctx := t.Context()
	entries := make(map[string]entry)
	for _, key := range keys {
		entries[key] = filling(key)
	}
	_, leases, err := cache.GetLeases(ctx, keys, 0)
	must(t, err)
	must(t, cache.FillMany(ctx, entries, leases))
	for i, server := range servers { // each has its key
		if item, err := newClient(t, server).Get("p:" + keys[i]); err != nil || string(item.Value) != keys[i] {
			t.Errorf("server %d does not have its key: %v", i, err)
		}
	}
	for _, s := range []struct {
		op   ctxcache.Operation
		call func(leases map[string]lease) error
	}{
		{ctxcache.OpFillMany, func(leases map[string]lease) error { return cache.FillMany(ctx, entries, leases) }},
		{ctxcache.OpReleaseMany, func(leases map[string]lease) error { return cache.ReleaseMany(ctx, leases) }},
	} {
		for _, kind := range leaseKinds {
			all := make(map[string]lease)
			for _, key := range keys {
				must(t, cache.Delete(ctx, key))
				all[key] = kind.take(t, cache, key)
			}
			servers[1].Stop()
			err := s.call(all)
			for i, key := range keys {
				if i == 1 {
					fails(t, ctxcache.KeyError(err, key), s.op)
				} else if err := ctxcache.KeyError(err, key); err != nil {
					t.Errorf("%s of a %s lease on a server that is up: %v", s.op, strings.ToLower(kind.name), err)
				}
			}
			servers[1].Restart()
		}
	}
}
