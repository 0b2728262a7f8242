package rediscache_test

import (
	"context"
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestStatsAreThoseOfTheCache(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache, other := newCache(t, client, &rediscache.Options{Prefix: prefix}), newCache(t, client, &rediscache.Options{Prefix: prefix})
	ctx := t.Context()
	must(t, cache.Set(ctx, "a", []byte("value"), hour))
	must(t, cache.SetEntries(ctx, map[string]entry{"b": {}, "c": negative(hour)}))
	must(t, second(cache.Get(ctx, "a")))
	must(t, second(cache.GetEntry(ctx, "a")))
	must(t, second(cache.GetEntries(ctx, []string{"a", "b", "c", "absent", "absent"})))
	must(t, dropMiss(second(cache.Get(ctx, "absent"))))
	must(t, second(cache.Contains(ctx, "a")))
	must(t, cache.Delete(ctx, "a"))
	must(t, cache.DeleteMany(ctx, []string{"b", "absent"}))
	must(t, second(cache.Remove(ctx, "absent")))
	must(t, cache.Fill(ctx, "filled", absentLease(t, ctx, cache, "filled"), entry{}))
	lost := absentLease(t, ctx, cache, "lost")
	must(t, other.Delete(ctx, "lost"))
	if err := cache.Fill(ctx, "lost", lost, entry{}); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill: %v", err)
	}
	must(t, client.RPush(ctx, prefix+"list", "a").Err())
	_, err := cache.Get(ctx, "list")
	corrupt(t, err, ctxcache.OpGet)

	sent := record(client)
	stats, err := cache.Stats(ctx)
	must(t, err)
	want := ctxcache.Stats{
		Name: "redis", Tests: 1, Reads: 8, Hits: 4, Negatives: 1, Misses: 2, Writes: 4, Deletes: 4, Errors: 1,
		FillsLost: 1, Corrupt: 1, Entries: -1,
	}
	if got := stats.String(); got != want.String() || stats.Reads != want.Reads || stats.Entries != -1 {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if trips := sent.take(); len(trips) != 0 {
		t.Errorf("Stats sends %q", trips)
	}
}

func TestStatsDuringAnOutage(t *testing.T) {
	server := redistest.Start(t)
	cache := newCache(t, server.FailFast(t), &rediscache.Options{Prefix: "p:"})
	ctx := t.Context()
	must(t, cache.Set(ctx, "key", nil, hour))
	must(t, second(cache.Get(ctx, "key")))
	server.Stop()
	fails(t, second(cache.Get(ctx, "key")), ctxcache.OpGet)
	fails(t, ctxcache.KeyError(second(cache.GetEntries(ctx, []string{"key", "b"})), "b"), ctxcache.OpGetEntries)
	stats, err := cache.Stats(ctx)
	must(t, err)
	if stats.Hits != 1 || stats.Misses != 0 || stats.Reads != 4 || stats.Errors != 3 || stats.ErrorRate() != 0.75 {
		t.Errorf("got %+v", stats)
	}
}

func TestStatsCountLeasesThatCouldNotBeReleased(t *testing.T) {
	for op, release := range map[ctxcache.Operation]func(context.Context, *rediscache.Cache, map[string]lease) error{
		ctxcache.OpReleaseMany: func(ctx context.Context, c *rediscache.Cache, leases map[string]lease) error {
			return c.ReleaseMany(ctx, leases)
		},
		ctxcache.OpRelease: func(ctx context.Context, c *rediscache.Cache, leases map[string]lease) error {
			failed := make(map[string]error)
			for key, l := range leases {
				failed[key] = c.Release(ctx, key, l)
			}
			return ctxcache.NewManyError(failed)
		},
	} {
		t.Run(string(op), func(t *testing.T) {
			server := redistest.Start(t)
			ctx, cache := t.Context(), newCache(t, server.FailFast(t), &rediscache.Options{Prefix: "p:"})
			leases := make(map[string]lease)
			for _, key := range []string{"a", "b", "lost"} {
				leases[key] = absentLease(t, ctx, cache, key)
			}
			must(t, cache.Release(ctx, "lost", leases["lost"]))
			server.Stop()
			failed := release(ctx, cache, leases)
			fails(t, ctxcache.KeyError(failed, "a"), op)
			if err := ctxcache.KeyError(failed, "lost"); err != ctxcache.ErrLeaseLost {
				t.Errorf("of the lost lease: %v", err)
			}
			stats, err := cache.Stats(ctx)
			if must(t, err); stats.Errors != 2 || stats.FillsLost != 0 {
				t.Errorf("after 2 leases were not released, and one was lost: %+v", stats)
			}
		})
	}
}

// A GetLease that is the first read of its key counts as one.
func TestStatsCountLeasesAsReads(t *testing.T) {
	cache := newCache(t, redistest.Start(t).Client(t), &rediscache.Options{Prefix: "p:"})
	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	must(t, cache.SetEntry(t.Context(), "none", negative(hour)))
	for _, want := range []uint64{0, 6} {
		ctx := t.Context()
		if want > 0 {
			ctx = ctxcache.CountAsRead(ctx)
		}
		for key, answer := range map[string]error{"key": nil, "none": ctxcache.ErrNotFound, "absent": ctxcache.ErrMiss} {
			if _, _, err := cache.GetLease(ctx, key, 0); err != answer {
				t.Errorf("GetLease of %q: %v", key, err)
			}
		}
		if _, _, err := cache.GetLeases(ctx, []string{"key", "none", "absent too", "key"}, 0); err != nil {
			t.Error(err)
		}
		s, err := cache.Stats(t.Context())
		must(t, err)
		if s.Reads != want || s.Hits != want/3 || s.Negatives != want/3 || s.Misses != want/3 || s.Errors != 0 {
			t.Errorf("got %+v, want %d reads", s, want)
		}
	}
}
