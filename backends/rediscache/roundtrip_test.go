package rediscache_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestRoundTrips(t *testing.T) {
	client := redistest.Start(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	must(t, cache.Set(ctx, "held", []byte("value"), hour))
	must(t, cache.SetEntry(ctx, "denied", entry{Absent: true, TTL: hour}))
	leased := absentLease(t, ctx, cache, "leased")
	for _, operation := range operations() {
		must(t, operation.call(ctx, cache)) // now the server knows the scripts
	}
	must(t, absentLease(t, ctx, cache, "warm").Fill(ctx, entry{Value: []byte("value")}))

	var hundred []string
	entries := make(map[string]entry)
	for i := range 100 {
		hundred = append(hundred, fmt.Sprint("key", i))
		entries[hundred[i]] = entry{Value: []byte("value"), TTL: hour}
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
		{"GetEntry", []string{"evalsha"}, func(ctx context.Context) error { return second(cache.GetEntry(ctx, "held")) }},
		{"SetEntry", []string{"set"}, func(ctx context.Context) error { return cache.SetEntry(ctx, "held", entry{TTL: hour}) }},
		{"GetEntries", []string{"evalsha"}, func(ctx context.Context) error { return second(cache.GetEntries(ctx, hundred)) }},
		{"SetEntries", []string{"set"}, func(ctx context.Context) error { return cache.SetEntries(ctx, entries) }},
		{"GetMany", []string{"evalsha"}, func(ctx context.Context) error { return second(ctxcache.GetMany(ctx, cache, hundred)) }},
		{"SetMany", []string{"set"}, func(ctx context.Context) error {
			return ctxcache.SetMany(ctx, cache, map[string][]byte{"a": nil, "b": nil}, hour)
		}},
		{"DeleteMany", []string{"unlink"}, func(ctx context.Context) error { return cache.DeleteMany(ctx, hundred) }},
		{"GetLease and Release", []string{"evalsha", "evalsha"}, func(ctx context.Context) error {
			_, l, err := cache.GetLease(ctx, "absent", 0)
			return released(ctx, l, err)
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
			if err := leased.Fill(ctx, entry{Value: []byte("value")}); err != nil {
				return err
			}
			return leased.Release(ctx)
		}},
		{"nothing", nil, func(ctx context.Context) error {
			if err := cache.SetEntries(ctx, nil); err != nil {
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
