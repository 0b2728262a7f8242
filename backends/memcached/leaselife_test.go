package memcached_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func pass(t *testing.T, server *memcachedtest.Server, d time.Duration) {
	t.Helper()
	client, key := newClient(t, server), nextPrefix()+"clock"
	must(t, client.Set(&memcache.Item{Key: key, Expiration: int32(d/time.Second) + 1}))
	await(t, "the time was over", func() bool { return second(client.Get(key)) == memcache.ErrCacheMiss })
}

func TestLeaseLivesWithTheLoad(t *testing.T) {
	t.Parallel()
	const ttl = renewed
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	cache := newCache(t, server, &memcached.Options{Prefix: prefix, LeaseTTL: ttl})
	load, end := context.WithCancel(t.Context())
	defer end()
	call, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	single := absentLease(t, ctxcache.ForLoad(call, load), cache, "single")
	_, many, err := cache.GetLeases(ctxcache.ForLoad(call, load), []string{"first", "second"}, 0)
	must(t, err)
	cancel()
	pass(t, server, 2*ttl)
	must(t, fill(t, cache, "single", single, "value"))
	must(t, cache.FillMany(t.Context(), map[string]entry{"first": filling("value")}, many))
	holds(t, cache, "first", "value")

	end() // the load ends, so the last lease runs out
	client := newClient(t, server)
	await(t, "the marker ran out", func() bool { return second(client.Get(prefix+"second")) == memcache.ErrCacheMiss })
	isLost(t, "Release after the load has ended", cache.Release(t.Context(), "second", many["second"]))
}

// TestMarkerThatIsRenewedInBetween changes the marker, but not its token, between the gets and the cas. It does so for
// each way to spend a lease.
func TestMarkerThatIsRenewedInBetween(t *testing.T) {
	for _, s := range spenders {
		fake := newFakeServer(t)
		cache := newCacheOver(t, fake, nil)
		l := absentLease(t, t.Context(), cache, "key")
		fake.conflicts(2)
		if err := s.Call(t.Context(), cache, "key", l); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if n := fake.count("cas "); n != 3 {
			t.Errorf("%s sent %d cas, want 3", s.Name, n)
		}
	}
}

// TestFailedFillLeavesTheLease uses a server that hangs up without carrying out a cas.
func TestFailedFillLeavesTheLease(t *testing.T) {
	for _, s := range spenders {
		fake := newFakeServer(t)
		cache := newCacheOver(t, fake, nil)
		l := absentLease(t, t.Context(), cache, "key")
		fake.hangUp(1)
		fails(t, fill(t, cache, "key", l, "value"), ctxcache.OpFill)
		must(t, s.Call(t.Context(), cache, "key", l))
	}
}

// TestSpentLeaseIsNotAskedFor counts the commands that are sent.
func TestSpentLeaseIsNotAskedFor(t *testing.T) {
	for _, s := range spenders {
		fake := newFakeServer(t)
		cache := newCacheOver(t, fake, nil)
		l := absentLease(t, t.Context(), cache, "key")
		must(t, s.Call(t.Context(), cache, "key", l))
		asked := len(fake.commands())
		for _, again := range spenders {
			isLost(t, again.Name+" after "+s.Name, again.Call(t.Context(), cache, "key", l))
		}
		if n := len(fake.commands()) - asked; n != 0 {
			t.Errorf("after %s, %d commands were sent for a lease that has ended, want 0", s.Name, n)
		}
	}
}

// TestLeasesEndByCASAlone looks at the commands. A delete would remove the key even if it belongs to somebody else by
// then.
func TestLeasesEndByCASAlone(t *testing.T) {
	for _, s := range spenders[2:] {
		for _, present := range []bool{false, true} {
			fake := newFakeServer(t)
			cache := newCacheOver(t, fake, nil)
			var want []string
			if present {
				must(t, cache.Set(t.Context(), "key", []byte("old"), hour))
				want = append(want, "set")
			}
			_, l, err := cache.GetLease(t.Context(), "key", ctxcache.NoExpiry)
			if err != nil && err != ctxcache.ErrMiss || !l.Granted() {
				t.Fatalf("GetLease: %v, %v", l, err)
			}
			want = append(want, "gets")
			if !present {
				want = append(want, "add", "gets") // the second gets checks that the server has CAS
			}
			must(t, s.Call(t.Context(), cache, "key", l))
			want = append(want, "gets")
			if !present || s.Op == ctxcache.OpDrop {
				want = append(want, "cas key 0 2592001 0")
			}
			commands := fake.commands()
			for i, command := range commands {
				if i >= len(want) || !strings.HasPrefix(command, want[i]) {
					t.Errorf("%s sent %q, want %q", s.Name, commands, want)
					break
				}
			}
			if len(commands) != len(want) {
				t.Errorf("%s sent %q, want %q", s.Name, commands, want)
			}
		}
	}
}
