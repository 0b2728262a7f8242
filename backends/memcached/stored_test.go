package memcached_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// What other clients, in whatever language, see and write.

func TestValuesArePlainItems(t *testing.T) {
	server := memcachedtest.Shared(t)
	client, prefix := newClient(t, server), nextPrefix()
	cache := newCache(t, server, &memcached.Options{Prefix: prefix})
	ctx := t.Context()
	must(t, cache.Set(ctx, "set", []byte("value\x00\xff"), 0))
	must(t, cache.SetEntries(ctx, map[string]entry{"many": {Value: []byte("value\x00\xff"), TTL: ctxcache.NoExpiry}}))
	must(t, absentLease(t, ctx, cache, "filled").Fill(ctx, entry{Value: []byte("value\x00\xff"), TTL: hour}))
	for _, key := range []string{"set", "many", "filled"} {
		if item, err := client.Get(prefix + key); err != nil || string(item.Value) != "value\x00\xff" || item.Flags != 0 {
			t.Errorf("%s is stored as %+v, %v", key, item, err)
		}
	}
	must(t, client.Set(&memcache.Item{Key: prefix + "theirs", Value: []byte("other")}))
	holds(t, cache, "theirs", "other")
}

func TestMarkersHaveTheirFlags(t *testing.T) {
	server := memcachedtest.Shared(t)
	client, prefix := newClient(t, server), nextPrefix()
	cache := newCache(t, server, &memcached.Options{Prefix: prefix})
	ctx := t.Context()
	l := absentLease(t, ctx, cache, "leased")
	must(t, cache.SetEntry(ctx, "denied", entry{Absent: true, TTL: hour}))
	if item, err := client.Get(prefix + "leased"); err != nil || item.Flags != markerFlags || len(item.Value) != 16 {
		t.Errorf("a marker is %+v, %v", item, err)
	}
	if item, err := client.Get(prefix + "denied"); err != nil || item.Flags != negativeFlags || len(item.Value) != 0 {
		t.Errorf("a negative entry is %+v, %v", item, err)
	}
	must(t, l.Release(ctx))
	if _, err := client.Get(prefix + "leased"); err != memcache.ErrCacheMiss {
		t.Errorf("Release leaves the marker: %v", err)
	}
}

func TestPlainStoresNoMarkers(t *testing.T) {
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	plain := newCache(t, server, &memcached.Options{Prefix: prefix, Plain: true})
	other := newCache(t, server, &memcached.Options{Prefix: prefix})
	ctx := t.Context()
	if ops := plain.Supports(); ops&(ctxcache.OpLease|ctxcache.OpLeaseShared|ctxcache.OpNegative) != 0 {
		t.Errorf("a plain cache has %v", ops)
	}
	// It still understands what a cache that is not plain has left there.
	must(t, other.SetEntry(ctx, "denied", entry{Absent: true, TTL: hour}))
	absentLease(t, ctx, other, "leased")
	if _, err := plain.Get(ctx, "denied"); err != ctxcache.ErrNotFound {
		t.Errorf("a negative entry: %v", err)
	}
	if _, err := plain.Get(ctx, "leased"); err != ctxcache.ErrMiss {
		t.Errorf("the marker of a lease: %v", err)
	}
}

func TestForeignFlagsAreCorrupt(t *testing.T) {
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	client := newClient(t, server)
	cache := newCache(t, server, &memcached.Options{Prefix: prefix})
	ctx := t.Context()
	foreign := &memcache.Item{Key: prefix + "key", Value: []byte("theirs"), Flags: 7}
	must(t, client.Set(foreign))
	must(t, cache.Set(ctx, "good", []byte("value"), hour))

	corrupt(t, second(cache.Get(ctx, "key")), "get")
	corrupt(t, second(cache.GetEntry(ctx, "key")), "get")
	found, err := cache.GetEntries(ctx, []string{"key", "good", "absent"})
	corrupt(t, ctxcache.KeyError(err, "key"), "get")
	if len(found) != 1 || string(found["good"].Value) != "value" {
		t.Errorf("beside a corrupt key: %v", found)
	}

	_, l, err := cache.GetLease(ctx, "key", 0)
	if corrupt(t, err, "lease"); l == nil {
		t.Fatal("a corrupt key comes without a lease")
	}
	must(t, l.Fill(ctx, entry{Value: []byte("healed")}))
	holds(t, cache, "key", "healed")

	must(t, client.Set(foreign))
	if was, err := cache.Remove(ctx, "key"); err != nil || !was {
		t.Errorf("Remove of somebody else's value: %v, %v", was, err)
	}
	if _, err := client.Get(prefix + "key"); err != memcache.ErrCacheMiss {
		t.Errorf("Remove leaves it: %v", err)
	}
}

func TestTooLargeValues(t *testing.T) {
	server := memcachedtest.Start(t, "-I", "2m")
	cache := newCache(t, server, &memcached.Options{MaxItemSize: 1000})
	trusting := newCache(t, server, &memcached.Options{MaxItemSize: 1 << 30})
	ctx := t.Context()
	must(t, cache.Set(ctx, "key", []byte(strings.Repeat("v", 1000)), hour))
	l := absentLease(t, ctx, cache, "leased")
	for size, c := range map[int]*cacheOfBytes{1001: cache, 3 << 20: trusting} {
		value := make([]byte, size)
		err := c.Set(ctx, "key", value, hour)
		if fails(t, err, "set"); !errors.Is(err, memcached.ErrTooLarge) {
			t.Errorf("Set of %d bytes: %v", size, err)
		}
		err = c.SetEntries(ctx, map[string]entry{"big": {Value: value}, "small": {Value: []byte("value")}})
		if !errors.Is(ctxcache.KeyError(err, "big"), memcached.ErrTooLarge) || ctxcache.KeyError(err, "small") != nil {
			t.Errorf("SetEntries of %d bytes: %v", size, err)
		}
		holds(t, c, "small", "value")
	}
	err := l.Fill(ctx, entry{Value: make([]byte, 1001)})
	if fails(t, err, "fill"); !errors.Is(err, memcached.ErrTooLarge) {
		t.Errorf("Fill: %v", err)
	}
	must(t, l.Fill(ctx, entry{Value: []byte("small")})) // the lease stood
}
