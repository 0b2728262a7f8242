package rediscache_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// foreign is something that a client which knows nothing of leases does to the key of one.
type foreign struct {
	name string
	do   func(ctx context.Context, client *redis.Client, stored string) error
}

var killers = []foreign{
	{"DEL", func(ctx context.Context, client *redis.Client, stored string) error {
		return client.Del(ctx, stored).Err()
	}},
	{"UNLINK", func(ctx context.Context, client *redis.Client, stored string) error {
		return client.Unlink(ctx, stored).Err()
	}},
	{"SET", func(ctx context.Context, client *redis.Client, stored string) error {
		return client.Set(ctx, stored, "theirs", hour).Err()
	}},
	{"EXPIRE in the past", func(ctx context.Context, client *redis.Client, stored string) error {
		return client.Expire(ctx, stored, -hour).Err()
	}},
	{"RENAME", func(ctx context.Context, client *redis.Client, stored string) error {
		return client.Rename(ctx, stored, stored+"-moved").Err()
	}},
	{"FLUSHDB", func(ctx context.Context, client *redis.Client, _ string) error { return client.FlushDB(ctx).Err() }},
	{"FLUSHALL ASYNC", func(ctx context.Context, client *redis.Client, _ string) error {
		return client.FlushAllAsync(ctx).Err()
	}},
}

// expirers change the expiry of a key: of an entry, which kills the lease on it, or of a marker, which does not.
var expirers = []foreign{
	{"EXPIRE", func(ctx context.Context, client *redis.Client, stored string) error {
		return client.Expire(ctx, stored, 2*hour).Err()
	}},
	{"PEXPIRE", func(ctx context.Context, client *redis.Client, stored string) error {
		return client.PExpire(ctx, stored, 2*hour).Err()
	}},
	{"PERSIST", func(ctx context.Context, client *redis.Client, stored string) error {
		return client.Persist(ctx, stored).Err()
	}},
}

var bystanders = []foreign{
	{"GET", func(ctx context.Context, client *redis.Client, stored string) error {
		if err := client.Get(ctx, stored).Err(); err != nil && !redis.HasErrorPrefix(err, "WRONGTYPE") {
			return err
		}
		return nil
	}},
	{"SCRIPT FLUSH", func(ctx context.Context, client *redis.Client, _ string) error { return client.ScriptFlush(ctx).Err() }},
	{"SET of another key", func(ctx context.Context, client *redis.Client, stored string) error {
		return client.Set(ctx, stored+"-other", "value", 0).Err()
	}},
}

// leaseKinds are the two kinds of leases: on an absent key, and to refresh a present one.
var leaseKinds = []struct {
	name string
	take func(t *testing.T, c *rediscache.Cache, key string) lease
}{
	{"Absent", func(t *testing.T, c *rediscache.Cache, key string) lease { return absentLease(t, t.Context(), c, key) }},
	{"Present", func(t *testing.T, c *rediscache.Cache, key string) lease {
		must(t, c.Set(t.Context(), key, []byte("old"), hour))
		return refreshLease(t, c, key)
	}},
}

// refreshLease returns a lease on key, which must have a value.
func refreshLease(t *testing.T, c *rediscache.Cache, key string) lease {
	t.Helper()
	_, l, err := c.GetLease(t.Context(), key, ctxcache.NoExpiry)
	if err != nil || !l.Granted() {
		t.Fatalf("GetLease to refresh: lease %v, %v", l, err)
	}
	return l
}

func TestForeignCommandsAndLeases(t *testing.T) {
	client := redistest.Start(t).Client(t)
	// A lease is ended in one of these ways, and then Release finds that it has ended.
	endings := map[string]func(ctx context.Context, c *rediscache.Cache, l lease) error{
		"Fill": func(ctx context.Context, c *rediscache.Cache, l lease) error {
			return c.Fill(ctx, "key", l, entry{Value: []byte("filled")})
		},
		"Release": func(ctx context.Context, c *rediscache.Cache, l lease) error { return c.Release(ctx, "key", l) },
		"Drop":    func(ctx context.Context, c *rediscache.Cache, l lease) error { return c.Drop(ctx, "key", l) },
	}
	try := func(kind int, f foreign, end string, want error) {
		t.Run(leaseKinds[kind].name+"/"+f.name+"/"+end, func(t *testing.T) {
			prefix := nextPrefix()
			cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
			l := leaseKinds[kind].take(t, cache, "key")
			must(t, f.do(t.Context(), client, prefix+"key"))
			before, absent := cache.Get(t.Context(), "key")
			if err := endings[end](t.Context(), cache, l); err != want {
				t.Errorf("%s: %v, want %v", end, err, want)
			}
			got, err := cache.Get(t.Context(), "key")
			switch {
			case want != nil || end == "Release":
				if !bytes.Equal(got, before) || err != absent {
					t.Errorf("then Get: %q, %v, want %q, %v", got, err, before, absent)
				}
			case end == "Fill":
				if string(got) != "filled" || err != nil {
					t.Errorf("then Get: %q, %v", got, err)
				}
			case end == "Drop":
				if err != ctxcache.ErrMiss {
					t.Errorf("then Get: %q, %v", got, err)
				}
			}
			if err := cache.Release(t.Context(), "key", l); err != ctxcache.ErrLeaseLost {
				t.Errorf("then Release: %v", err)
			}
		})
	}
	for kind := range leaseKinds {
		for end := range endings {
			for _, f := range killers {
				try(kind, f, end, ctxcache.ErrLeaseLost)
			}
			for _, f := range expirers {
				want := ctxcache.ErrLeaseLost
				if leaseKinds[kind].name == "Absent" {
					want = nil
				}
				try(kind, f, end, want)
			}
			for _, f := range bystanders {
				try(kind, f, end, nil)
			}
		}
	}
}

// A PERSIST keeps a marker for ever. After its deadline somebody else gets a lease.
func TestDeadMarkerIsAbsent(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix, LeaseTTL: 100 * time.Millisecond})
	dying := newCache(t, client, &rediscache.Options{Prefix: prefix, LeaseTTL: 100 * time.Millisecond})
	ctx := t.Context()

	first := absentLease(t, ctx, dying, "key")
	must(t, client.Persist(ctx, prefix+"key").Err())
	if _, l, err := cache.GetLease(ctx, "key", 0); err != ctxcache.ErrMiss || l != ctxcache.NoLease(ctxcache.Loading) {
		t.Errorf("GetLease before the deadline: %v, %v", l, err)
	}
	must(t, dying.Close())
	var second lease
	await(t, "the deadline passed", func() bool {
		_, l, err := cache.GetLease(ctx, "key", 0)
		if err != ctxcache.ErrMiss {
			t.Fatal(err)
		}
		second = l
		return l.Granted()
	})
	if err := cache.Fill(ctx, "key", first, entry{Value: []byte("first")}); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill of the first holder: %v", err)
	}
	must(t, cache.Fill(ctx, "key", second, entry{Value: []byte("second")}))
}

// Nobody knows how old a marker is whose deadline is too far away. It would bar the key for as long.
func TestMarkerFromAClockThatWasSetBackIsAbsent(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	for field, late := range map[string]time.Duration{"far away": hour, "near": 500 * time.Millisecond} {
		prefix := nextPrefix()
		cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
		ctx := context.WithoutCancel(t.Context()) // so the marker is not renewed
		absentLease(t, ctx, cache, "key")
		deadline := deadline(t, client, prefix+"key") + int(late.Milliseconds())
		must(t, client.HSet(ctx, prefix+"key", "\x00D", deadline).Err())
		_, l, err := cache.GetLease(ctx, "key", 0)
		if err != ctxcache.ErrMiss || l.Granted() != (late == hour) {
			t.Errorf("with a deadline %s: %v, %v", field, l, err)
		}
	}
}

func TestRefreshLeaseIsLostWithTheEntry(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
	must(t, cache.Set(t.Context(), "key", []byte("old"), hour))
	l := refreshLease(t, cache, "key")
	must(t, client.PExpire(t.Context(), prefix+"key", time.Millisecond).Err())
	await(t, "it expired", func() bool {
		_, err := cache.Get(t.Context(), "key")
		return err == ctxcache.ErrMiss
	})
	if err := cache.Fill(t.Context(), "key", l, entry{Value: []byte("new")}); err != ctxcache.ErrLeaseLost {
		t.Errorf("Fill: %v", err)
	}
}

func TestRefreshLeaseSurvivesTheSameAgain(t *testing.T) {
	// GetLease documents that this goes unnoticed.
	cache := newCache(t, redistest.Shared(t).Client(t), &rediscache.Options{Prefix: nextPrefix()})
	same := ctxcache.NewEntry([]byte("same"), ctxcache.NoExpiry)
	must(t, cache.SetEntry(t.Context(), "key", same))
	l := refreshLease(t, cache, "key")
	must(t, cache.SetEntry(t.Context(), "key", same))
	must(t, cache.Fill(t.Context(), "key", l, entry{Value: []byte("new")}))
}

func TestGetLeasesIsExclusiveAndHeals(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
	ctx := t.Context()
	must(t, cache.Set(ctx, "held", []byte("value"), hour))
	must(t, cache.SetEntry(ctx, "denied", negative(hour)))
	must(t, client.RPush(ctx, prefix+"list", "a").Err())
	absentLease(t, ctx, cache, "taken")

	found, leases, err := cache.GetLeases(ctx, []string{"held", "denied", "list", "taken", "free", "free"}, 0)
	corrupt(t, ctxcache.KeyError(err, "list"), ctxcache.OpGetLeases)
	if len(found) != 2 || string(found["held"].Value) != "value" || !found["denied"].Absent {
		t.Errorf("found %v", found)
	}
	if len(leases) != 3 || !leases["free"].Granted() || !leases["list"].Granted() || leases["taken"] != ctxcache.NoLease(ctxcache.Loading) {
		t.Errorf("leases on %v", leases)
	}
	delete(leases, "taken")
	for key, l := range leases {
		must(t, cache.Fill(ctx, key, l, entry{Value: []byte("filled")}))
	}
	if n, err := cache.Len(ctx, scope{}); err != nil || n != 3 {
		t.Errorf("Len: %d, %v", n, err)
	}
}

// A PERSIST would keep the marker for ever.
func TestReleaseRemovesAMarkerThatWasPersisted(t *testing.T) {
	client := redistest.Start(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "app:"})
	ctx := t.Context()
	l := absentLease(t, ctx, cache, "k")
	must(t, client.Persist(ctx, "app:k").Err())
	must(t, cache.Release(ctx, "k", l))
	if n, err := client.Exists(ctx, "app:k").Result(); n != 0 || err != nil {
		t.Errorf("the marker is still there: %d, %v", n, err)
	}
}
