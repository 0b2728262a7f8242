package memcached_test

import (
	"bytes"
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// foreign is something that a client which does not know leases does to a leased key.
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

// leaseKinds are the two kinds of leases: on an absent key, and on a present one.
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

// after returns what a spender leaves under the key of a lease that stood: a value, or "" for none.
func after(kind int, s spender) string {
	switch s.op {
	case ctxcache.OpFill, ctxcache.OpFillMany:
		return "secret value"
	case ctxcache.OpDrop:
		return ""
	default:
		return []string{"", "old"}[kind]
	}
}

func TestForeignCommandsAndLeases(t *testing.T) {
	server := memcachedtest.Start(t)
	client := newClient(t, server)
	try := func(kind int, f foreign, s spender, want error) {
		t.Run(leaseKinds[kind].name+"/"+f.name+"/"+s.name, func(t *testing.T) {
			prefix := nextPrefix()
			cache := newCache(t, server, &memcached.Options{Prefix: prefix})
			l := leaseKinds[kind].take(t, cache, "key")
			must(t, f.do(client, prefix+"key"))
			theirs, theirErr := client.Get(prefix + "key")
			if err := s.call(t.Context(), cache, "key", l); err != want {
				t.Errorf("%s: %v, want %v", s.name, err, want)
			}
			if want != nil {
				ours, err := client.Get(prefix + "key")
				if err != theirErr || err == nil && (ours.CasID != theirs.CasID || !bytes.Equal(ours.Value, theirs.Value)) {
					t.Errorf("%s with a lost lease changed the item: it is %+v, %v, and was %+v, %v", s.name, ours, err, theirs, theirErr)
				}
			} else {
				got, err := cache.Get(t.Context(), "key")
				if value := after(kind, s); string(got) != value || (err == ctxcache.ErrMiss) != (value == "") {
					t.Errorf("%s leaves %q, %v, want %q", s.name, got, err, value)
				}
			}
			for _, again := range spenders {
				isLost(t, again.name+" after "+s.name, again.call(t.Context(), cache, "key", l))
			}
		})
	}
	for kind := range leaseKinds {
		for _, s := range spenders {
			for _, f := range killers {
				try(kind, f, s, ctxcache.ErrLeaseLost)
			}
			for _, f := range bystanders {
				try(kind, f, s, nil)
			}
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
	isLost(t, "Fill", fill(t, cache, "key", l, "value"))
}

func TestStalledHolderLosesTheLease(t *testing.T) {
	t.Parallel()
	cache := newCache(t, memcachedtest.Shared(t), &memcached.Options{Prefix: nextPrefix(), LeaseTTL: renewed})
	// The context ends, and with it the renewal, as if the holder's process had stalled.
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
		return l.Granted()
	})
	isLost(t, "Drop of the stalled holder", cache.Drop(t.Context(), "key", stalled))
	isLost(t, "Fill of the stalled holder", fill(t, cache, "key", stalled, "old"))
	isLost(t, "Release of the stalled holder", cache.Release(t.Context(), "key", stalled))
	must(t, fill(t, cache, "key", next, "new")) // the stalled holder did not touch the new lease
}

func TestLeasesAreRenewed(t *testing.T) {
	t.Parallel()
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	cache := newCache(t, server, &memcached.Options{Prefix: prefix, LeaseTTL: renewed})
	client := newClient(t, server)
	ctx := t.Context()
	single := absentLease(t, ctx, cache, "single")
	_, many, err := cache.GetLeases(ctx, []string{"first", "second"}, 0)
	must(t, err)
	must(t, client.Set(&memcache.Item{Key: prefix + "clock", Expiration: 2 + int32(renewed/time.Second)})) // expires after any marker that is not renewed
	expired := func() bool { return second(client.Get(prefix+"clock")) == memcache.ErrCacheMiss }
	await(t, "the time of the markers was over", expired)
	must(t, fill(t, cache, "single", single, "value"))
	must(t, fill(t, cache, "first", many["first"], "value"))
	// One of the two leases has ended. The other one is still renewed.
	must(t, client.Set(&memcache.Item{Key: prefix + "clock", Expiration: 2 + int32(renewed/time.Second)}))
	await(t, "the time of the marker was over again", expired)
	must(t, cache.Release(ctx, "second", many["second"]))
	if _, err := client.Get(prefix + "second"); err != memcache.ErrCacheMiss {
		t.Errorf("the marker is still there after Release: %v", err)
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
	// The item expires. A renewal that touched the key, whatever is under it, would keep the item alive.
	must(t, client.Set(&memcache.Item{Key: prefix + "key", Value: []byte("theirs"), Expiration: 2}))
	await(t, "it expired", func() bool { return second(client.Get(prefix+"key")) == memcache.ErrCacheMiss })
	isLost(t, "Fill", fill(t, cache, "key", l, "ours"))
}

func TestNoCAS(t *testing.T) {
	server := memcachedtest.Start(t, "-C")
	cache := newCache(t, server, nil)
	ctx := t.Context()
	must(t, cache.Set(ctx, "key", []byte("value"), hour))
	holds(t, cache, "key", "value")
	_, l, err := cache.GetLease(ctx, "key", ctxcache.NoExpiry)
	if fails(t, err, ctxcache.OpGetLease); l.Granted() {
		t.Error("a lease was granted although nothing can fence it")
	}
	fails(t, second(cache.Remove(ctx, "key")), ctxcache.OpRemove)
	marked := absentLease(t, ctx, cache, "free")
	for _, s := range spenders {
		fails(t, s.call(ctx, cache, "free", marked), s.op)
	}
}
