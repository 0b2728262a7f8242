package rediscache_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestRoundTripsOfLeases(t *testing.T) {
	client := redistest.Start(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	var present, absent []string
	for i := range 10 {
		present, absent = append(present, fmt.Sprint("present", i)), append(absent, fmt.Sprint("absent", i))
	}
	take := func() map[string]lease {
		for _, key := range present {
			must(t, cache.Set(ctx, key, []byte("value"), hour))
		}
		must(t, cache.DeleteMany(ctx, absent))
		_, leases, err := cache.GetLeases(ctx, slices.Concat(present, absent), ctxcache.NoExpiry)
		must(t, err)
		return leases
	}
	lost := func(what string, err error) error {
		if err != ctxcache.ErrLeaseLost {
			return fmt.Errorf("%s: %v, want %v", what, err, ctxcache.ErrLeaseLost)
		}
		return nil
	}
	cases := []struct {
		name string
		want []string // one element a round trip
		call func(leases map[string]lease) error
	}{
		{"Release, twice, of a marked lease", []string{"evalsha"}, func(leases map[string]lease) error {
			must(t, cache.Release(ctx, absent[0], leases[absent[0]]))
			return lost("the second", cache.Release(ctx, absent[0], leases[absent[0]]))
		}},
		{"Release, twice, of one to refresh", []string{"evalsha"}, func(leases map[string]lease) error {
			must(t, cache.Release(ctx, present[0], leases[present[0]]))
			return lost("the second", cache.Release(ctx, present[0], leases[present[0]]))
		}},
		{"Drop, twice, of a marked lease", []string{"evalsha"}, func(leases map[string]lease) error {
			must(t, cache.Drop(ctx, absent[0], leases[absent[0]]))
			return lost("the second", cache.Drop(ctx, absent[0], leases[absent[0]]))
		}},
		{"Drop, twice, of one to refresh", []string{"evalsha"}, func(leases map[string]lease) error {
			must(t, cache.Drop(ctx, present[0], leases[present[0]]))
			return lost("the second", cache.Drop(ctx, present[0], leases[present[0]]))
		}},
		{"FillMany", []string{"evalsha"}, func(leases map[string]lease) error {
			entries := make(map[string]entry)
			for key := range leases {
				entries[key] = entry{Value: []byte("filled")}
			}
			entries[absent[0]] = negative(hour)
			return cache.FillMany(ctx, entries, leases)
		}},
		{"ReleaseMany", []string{"evalsha"}, func(leases map[string]lease) error {
			leases["not granted"] = ctxcache.NoLease(ctxcache.Loading)
			return cache.ReleaseMany(ctx, leases)
		}},
		{"of none", nil, func(map[string]lease) error {
			return errors.Join(
				cache.FillMany(ctx, nil, nil), cache.ReleaseMany(ctx, nil), cache.ReleaseMany(ctx, map[string]lease{"key": {}}),
				lost("Fill", cache.Fill(ctx, "key", lease{}, entry{})),
				lost("Release", cache.Release(ctx, "key", lease{})),
				lost("Drop", cache.Drop(ctx, "key", ctxcache.NoLease(ctxcache.Loading))),
			)
		}},
	}
	for _, c := range cases {
		must(t, c.call(take())) // now the server knows the scripts
	}
	sent := record(client)
	for _, c := range cases {
		leases := take()
		sent.take()
		must(t, c.call(leases))
		if trips := sent.take(); !slices.Equal(trips, c.want) {
			t.Errorf("%s sends %q, want %q", c.name, trips, c.want)
		}
	}
}

func TestRoundTrips(t *testing.T) {
	client := redistest.Start(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	must(t, cache.Set(ctx, "held", []byte("value"), hour))
	must(t, cache.SetEntry(ctx, "denied", negative(hour)))
	leased := absentLease(t, ctx, cache, "leased")
	for _, operation := range operations {
		must(t, operation.Call(ctx, cache)) // now the server knows the scripts
	}
	if _, err := cache.Get(ctx, "denied"); err != ctxcache.ErrNotFound {
		t.Fatal(err)
	}
	must(t, second(cache.GetEntries(ctx, []string{"a", "b"})))
	must(t, cache.Fill(ctx, "warm", absentLease(t, ctx, cache, "warm"), entry{Value: []byte("value")}))

	var hundred []string
	entries := make(map[string]entry)
	for i := range 100 {
		hundred = append(hundred, fmt.Sprint("key", i))
		entries[hundred[i]] = ctxcache.NewEntry([]byte("value"), hour)
	}
	sent := record(client)
	for _, c := range []struct {
		name string
		want []string // one element a round trip
		call func(ctx context.Context) error
	}{
		{"Get of a value", []string{"get"}, func(ctx context.Context) error { return second(cache.Get(ctx, "held")) }},
		{"Get of nothing", []string{"get"}, func(ctx context.Context) error { return second(cache.Get(ctx, "absent")) }},
		{"Get of a negative entry", []string{"get", "evalsha"}, func(ctx context.Context) error { return second(cache.Get(ctx, "denied")) }},
		{"Get of a marker", []string{"get", "evalsha"}, func(ctx context.Context) error { return second(cache.Get(ctx, "leased")) }},
		{"Set", []string{"set"}, func(ctx context.Context) error { return cache.Set(ctx, "held", nil, hour) }},
		{"Delete", []string{"unlink"}, func(ctx context.Context) error { return cache.Delete(ctx, "absent") }},
		{"Contains", []string{"type"}, func(ctx context.Context) error { return second(cache.Contains(ctx, "held")) }},
		{"Remove", []string{"evalsha"}, func(ctx context.Context) error { return second(cache.Remove(ctx, "absent")) }},
		{"GetEntry", []string{"multi pttl mget exec"}, func(ctx context.Context) error { return second(cache.GetEntry(ctx, "held")) }},
		{"SetEntry", []string{"set"}, func(ctx context.Context) error {
			return cache.SetEntry(ctx, "held", ctxcache.NewEntry[[]byte](nil, hour))
		}},
		{"GetEntries", []string{"multi evalsha mget exec"}, func(ctx context.Context) error { return second(cache.GetEntries(ctx, hundred)) }},
		{"SetEntries", []string{"set"}, func(ctx context.Context) error { return cache.SetEntries(ctx, entries) }},
		{"GetEntries with a marker", []string{"multi evalsha mget exec", "evalsha"}, func(ctx context.Context) error {
			return second(cache.GetEntries(ctx, []string{"held", "leased"}))
		}},
		{"GetMany with a missing key", []string{"mget", "multi pttl mget exec"}, func(ctx context.Context) error {
			return second(cache.GetMany(ctx, []string{"held", "absent"}))
		}},
		{"GetMany of all", []string{"mget"}, func(ctx context.Context) error { return second(cache.GetMany(ctx, hundred)) }},
		{"SetMany", []string{"set"}, func(ctx context.Context) error {
			return ctxcache.SetMany(ctx, cache, map[string][]byte{"a": nil, "b": nil}, hour)
		}},
		{"DeleteMany", []string{"unlink"}, func(ctx context.Context) error { return cache.DeleteMany(ctx, hundred) }},
		{"GetLease and Release", []string{"evalsha", "evalsha"}, func(ctx context.Context) error {
			_, l, err := cache.GetLease(ctx, "absent", 0)
			if err != ctxcache.ErrMiss {
				return err
			}
			return cache.Release(ctx, "absent", l)
		}},
		{"GetLease of another's", []string{"evalsha"}, func(ctx context.Context) error {
			_, _, err := cache.GetLease(ctx, "leased", 0)
			return err
		}},
		{"GetLeases", []string{"evalsha"}, func(ctx context.Context) error {
			_, _, err := cache.GetLeases(ctx, hundred, 0)
			return err
		}},
		{"Fill and Release", []string{"evalsha"}, func(ctx context.Context) error {
			if err := cache.Fill(ctx, "leased", leased, entry{Value: []byte("value")}); err != nil {
				return err
			}
			if err := cache.Release(ctx, "leased", leased); err != ctxcache.ErrLeaseLost {
				return fmt.Errorf("Release after Fill: %v", err)
			}
			return nil
		}},
		{"nothing", nil, func(ctx context.Context) error {
			if err := errors.Join(
				cache.SetEntries(ctx, nil), cache.FillMany(ctx, nil, nil), cache.ReleaseMany(ctx, nil),
				cache.ReleaseMany(ctx, map[string]lease{"none": {}, "other": ctxcache.NoLease(ctxcache.Loading)}),
			); err != nil {
				return err
			}
			return second(cache.GetEntries(ctx, nil))
		}},
	} {
		if err := c.call(ctx); err != nil && err != ctxcache.ErrMiss && err != ctxcache.ErrNotFound {
			t.Errorf("%s: %v", c.name, err)
		}
		if trips := sent.take(); !slices.Equal(trips, c.want) {
			t.Errorf("%s sends %q, want %q", c.name, trips, c.want)
		}
	}
}
