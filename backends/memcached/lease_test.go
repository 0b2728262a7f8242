package memcached_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// foreign is something that a client which knows nothing of leases does to the key of one.
type foreign struct {
	name string
	do   func(client *memcache.Client, stored string) error
}

var killers = []foreign{
	{"delete", func(client *memcache.Client, stored string) error { return client.Delete(stored) }},
	{"set", func(client *memcache.Client, stored string) error {
		return client.Set(&memcache.Item{Key: stored, Value: []byte("theirs")})
	}},
	{"replace", func(client *memcache.Client, stored string) error {
		return client.Replace(&memcache.Item{Key: stored, Value: []byte("theirs")})
	}},
	{"append", func(client *memcache.Client, stored string) error {
		return client.Append(&memcache.Item{Key: stored, Value: []byte("theirs")})
	}},
	{"cas", func(client *memcache.Client, stored string) error {
		item, err := client.Get(stored)
		if err != nil {
			return err
		}
		item.Value = []byte("theirs")
		item.Flags = 0
		return client.CompareAndSwap(item)
	}},
	{"delete and set the same again", func(client *memcache.Client, stored string) error {
		if err := client.Delete(stored); err != nil {
			return err
		}
		return client.Set(&memcache.Item{Key: stored, Value: []byte("old")})
	}},
	{"flush_all", func(client *memcache.Client, _ string) error { return client.FlushAll() }},
}

var bystanders = []foreign{
	{"get", func(client *memcache.Client, stored string) error { return second(client.Get(stored)) }},
	{"touch", func(client *memcache.Client, stored string) error { return client.Touch(stored, 100) }},
	{"add", func(client *memcache.Client, stored string) error {
		if err := client.Add(&memcache.Item{Key: stored, Value: []byte("theirs")}); err != memcache.ErrNotStored {
			return err
		}
		return nil
	}},
	{"set of another key", func(client *memcache.Client, stored string) error {
		return client.Set(&memcache.Item{Key: stored + "-other", Value: []byte("value")})
	}},
}

// leaseKinds are the two kinds of leases: on an absent key, and to refresh a present one.
var leaseKinds = []struct {
	name string
	take func(t *testing.T, c *cacheOfBytes, key string) lease
}{
	{"Absent", func(t *testing.T, c *cacheOfBytes, key string) lease { return absentLease(t, t.Context(), c, key) }},
	{"Present", func(t *testing.T, c *cacheOfBytes, key string) lease {
		must(t, c.Set(t.Context(), key, []byte("old"), hour))
		return refreshLease(t, c, key)
	}},
}

func TestForeignCommandsAndLeases(t *testing.T) {
	server := memcachedtest.Start(t)
	client := newClient(t, server)
	try := func(kind int, f foreign, want error) {
		t.Run(leaseKinds[kind].name+"/"+f.name, func(t *testing.T) {
			prefix := nextPrefix()
			cache := newCache(t, server, &memcached.Options{Prefix: prefix})
			l := leaseKinds[kind].take(t, cache, "key")
			must(t, f.do(client, prefix+"key"))
			if err := l.Fill(t.Context(), entry{Value: []byte("filled")}); err != want {
				t.Errorf("Fill: %v, want %v", err, want)
			}
			got, err := cache.Get(t.Context(), "key")
			if filled := err == nil && string(got) == "filled"; filled != (want == nil) {
				t.Errorf("then Get: %q, %v", got, err)
			}
			must(t, l.Release(t.Context()))
		})
	}
	for kind := range leaseKinds {
		for _, f := range killers {
			try(kind, f, ctxcache.ErrLeaseLost)
		}
		for _, f := range bystanders {
			try(kind, f, nil)
		}
	}
}

func TestEvictedMarkerIsALostLease(t *testing.T) {
	server := memcachedtest.Start(t, "-m", "2", "-o", "no_lru_crawler,no_lru_maintainer")
	cache, client := newCache(t, server, nil), newClient(t, server)
	l := absentLease(t, t.Context(), cache, "key")
	for i := 0; i%1000 != 0 || second(client.Get("key")) != memcache.ErrCacheMiss; i++ {
		must(t, client.Set(&memcache.Item{Key: strconv.Itoa(i), Value: make([]byte, 16)})) // as large as a marker
	}
	if err := l.Fill(t.Context(), entry{Value: []byte("value")}); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill: %v", err)
	}
}

func TestStalledHolderLosesTheLease(t *testing.T) {
	t.Parallel()
	cache := newCache(t, memcachedtest.Shared(t), &memcached.Options{Prefix: nextPrefix(), LeaseTTL: time.Second})
	// Its context ends, and with it the renewal, as if its process had stalled.
	ctx, cancel := context.WithCancel(t.Context())
	stalled := absentLease(t, ctx, cache, "key")
	cancel()
	var next lease
	await(t, "the lease ran out", func() bool {
		_, l, err := cache.GetLease(t.Context(), "key", 0)
		if err != ctxcache.ErrMiss {
			t.Fatal(err)
		}
		next = l
		return l != nil
	})
	if err := stalled.Fill(t.Context(), entry{Value: []byte("old")}); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill of the stalled holder: %v", err)
	}
	must(t, stalled.Release(t.Context()))
	must(t, next.Fill(t.Context(), entry{Value: []byte("new")})) // which Release left alone
}

func TestLeasesAreRenewed(t *testing.T) {
	t.Parallel()
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	cache := newCache(t, server, &memcached.Options{Prefix: prefix, LeaseTTL: time.Second})
	client := newClient(t, server)
	ctx := t.Context()
	single := absentLease(t, ctx, cache, "single")
	_, many, err := cache.GetLeases(ctx, []string{"first", "second"}, 0)
	must(t, err)
	must(t, client.Set(&memcache.Item{Key: prefix + "clock", Expiration: 3})) // which a marker without renewal does not see the end of
	expired := func() bool { return second(client.Get(prefix+"clock")) == memcache.ErrCacheMiss }
	await(t, "the time of the markers was over", expired)
	for _, l := range []lease{single, many["first"]} {
		must(t, l.Fill(ctx, entry{Value: []byte("value")}))
	}
	// One of the two has ended. The other one is renewed on.
	must(t, client.Set(&memcache.Item{Key: prefix + "clock", Expiration: 3}))
	await(t, "the time of the marker was over again", expired)
	must(t, many["second"].Release(ctx))
	if _, err := client.Get(prefix + "second"); err != memcache.ErrCacheMiss {
		t.Errorf("Release leaves a marker: %v", err)
	}
	holds(t, cache, "single", "value")
}

func TestRenewalEnds(t *testing.T) {
	for name, end := range map[string]func(cancel context.CancelFunc, c *cacheOfBytes){
		"with the context": func(cancel context.CancelFunc, _ *cacheOfBytes) { cancel() },
		"with the cache":   func(_ context.CancelFunc, c *cacheOfBytes) { c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, prefix := memcachedtest.Shared(t), nextPrefix()
			cache := newCache(t, server, &memcached.Options{Prefix: prefix, LeaseTTL: time.Second})
			client := newClient(t, server)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			absentLease(t, ctx, cache, "key")
			end(cancel, cache)
			await(t, "the marker ran out", func() bool { return second(client.Get(prefix+"key")) == memcache.ErrCacheMiss })
		})
	}
}

func TestRenewalLeavesWhatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	cache := newCache(t, server, &memcached.Options{Prefix: prefix, LeaseTTL: time.Second})
	client := newClient(t, server)
	l := absentLease(t, t.Context(), cache, "key")
	// It expires though a renewal that touched it, and not the marker, would keep it alive.
	must(t, client.Set(&memcache.Item{Key: prefix + "key", Value: []byte("theirs"), Expiration: 2}))
	await(t, "it expired", func() bool { return second(client.Get(prefix+"key")) == memcache.ErrCacheMiss })
	if err := l.Fill(t.Context(), entry{Value: []byte("ours")}); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill: %v", err)
	}
}

func TestNoCAS(t *testing.T) {
	server := memcachedtest.Start(t, "-C")
	cache := newCache(t, server, nil)
	ctx := t.Context()
	must(t, cache.Set(ctx, "key", []byte("value"), hour))
	holds(t, cache, "key", "value")
	_, l, err := cache.GetLease(ctx, "key", ctxcache.NoExpiry)
	if fails(t, err, "lease"); l != nil {
		t.Error("a lease that nothing fences")
	}
	fails(t, second(cache.Remove(ctx, "key")), "remove")
	fails(t, absentLease(t, ctx, cache, "free").Fill(ctx, entry{}), "fill")
}
