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

// These tests check what clients in other languages see and write.

func TestValuesArePlainItems(t *testing.T) {
	server := memcachedtest.Shared(t)
	client, prefix := newClient(t, server), nextPrefix()
	cache := newCache(t, server, &memcached.Options{Prefix: prefix})
	ctx := t.Context()
	must(t, cache.Set(ctx, "set", []byte("value\x00\xff"), 0))
	must(t, cache.SetEntries(ctx, map[string]entry{"many": ctxcache.NewEntry([]byte("value\x00\xff"), ctxcache.NoExpiry)}))
	must(t, fill(t, cache, "filled", absentLease(t, ctx, cache, "filled"), "value\x00\xff"))
	many := absentLease(t, ctx, cache, "filled many")
	must(t, cache.FillMany(ctx, map[string]entry{"filled many": filling("value\x00\xff")}, map[string]lease{"filled many": many}))
	for _, key := range []string{"set", "many", "filled", "%=filled%20many"} {
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
	must(t, cache.SetEntry(ctx, "negative", negative(hour)))
	if item, err := client.Get(prefix + "leased"); err != nil || item.Flags != markerFlags || len(item.Value) != 16 {
		t.Errorf("a marker is %+v, %v", item, err)
	}
	if item, err := client.Get(prefix + "negative"); err != nil || item.Flags != negativeFlags || len(item.Value) != 0 {
		t.Errorf("a negative entry is %+v, %v", item, err)
	}
	must(t, cache.Release(ctx, "leased", l))
	if _, err := client.Get(prefix + "leased"); err != memcache.ErrCacheMiss {
		t.Errorf("the marker is still there after Release: %v", err)
	}
}

func TestPlainStoresNoMarkers(t *testing.T) {
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	plain := newCache(t, server, &memcached.Options{Prefix: prefix, Plain: true})
	other := newCache(t, server, &memcached.Options{Prefix: prefix})
	ctx := t.Context()
	if caps := plain.Supports(); caps.Has(ctxcache.CapLease) || caps.Has(ctxcache.CapLeaseShared) || caps.Has(ctxcache.CapNegative) {
		t.Errorf("a plain cache has %v", caps)
	}
	for _, s := range spenders {
		if err := s.Call(ctx, plain, "key", ctxcache.NewLease("token")); err != errors.ErrUnsupported {
			t.Errorf("%s of a plain cache: %v", s.Name, err)
		}
	}
	// A plain cache still understands what a cache that is not plain has stored there.
	must(t, other.SetEntry(ctx, "negative", negative(hour)))
	absentLease(t, ctx, other, "leased")
	if _, err := plain.Get(ctx, "negative"); err != ctxcache.ErrNotFound {
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

	corrupt(t, second(cache.Get(ctx, "key")), ctxcache.OpGet)
	corrupt(t, second(cache.GetEntry(ctx, "key")), ctxcache.OpGetEntry)
	found, err := cache.GetEntries(ctx, []string{"key", "good", "absent"})
	corrupt(t, ctxcache.KeyError(err, "key"), ctxcache.OpGetEntries)
	if len(found) != 1 || string(found["good"].Value) != "value" {
		t.Errorf("GetEntries with one corrupt key returns %v", found)
	}

	_, l, err := cache.GetLease(ctx, "key", 0)
	if corrupt(t, err, ctxcache.OpGetLease); !l.Granted() {
		t.Fatal("a corrupt key was returned without a lease")
	}
	must(t, fill(t, cache, "key", l, "healed"))
	holds(t, cache, "key", "healed")

	must(t, client.Set(foreign))
	if was, err := cache.Remove(ctx, "key"); err != nil || !was {
		t.Errorf("Remove of somebody else's value: %v, %v", was, err)
	}
	if _, err := client.Get(prefix + "key"); err != memcache.ErrCacheMiss {
		t.Errorf("the value is still there after Remove: %v", err)
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
		if fails(t, err, ctxcache.OpSet); !errors.Is(err, memcached.ErrTooLarge) {
			t.Errorf("Set of %d bytes: %v", size, err)
		}
		err = c.SetEntries(ctx, map[string]entry{"big": ctxcache.NewEntry(value, 0), "small": filling("value")})
		if !errors.Is(ctxcache.KeyError(err, "big"), memcached.ErrTooLarge) || ctxcache.KeyError(err, "small") != nil {
			t.Errorf("SetEntries of %d bytes: %v", size, err)
		}
		holds(t, c, "small", "value")
		if !errors.Is(err, ctxcache.ErrValue) {
			t.Errorf("%v does not wrap %v", err, ctxcache.ErrValue)
		}
	}
	err := fill(t, cache, "leased", l, strings.Repeat("v", 1001))
	if fails(t, err, ctxcache.OpFill); !errors.Is(err, memcached.ErrTooLarge) {
		t.Errorf("Fill: %v", err)
	}
	must(t, fill(t, cache, "leased", l, "small")) // the lease still stands
}
