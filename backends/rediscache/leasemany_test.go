package rediscache_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestFillManyAnswersKeyByKey(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: nextPrefix()})
	ctx := t.Context()
	must(t, cache.Set(ctx, "present", []byte("old"), hour))
	must(t, cache.Set(ctx, "changed", []byte("old"), hour))
	_, leases, err := cache.GetLeases(ctx, []string{"present", "changed", "absent", "denied", "deleted", "malformed"}, ctxcache.NoExpiry)
	must(t, err)
	must(t, cache.Set(ctx, "changed", []byte("newer"), hour))
	must(t, cache.Delete(ctx, "deleted"))

	value := entry{Value: []byte("filled")}
	err = cache.FillMany(ctx, map[string]entry{
		"present": value, "changed": value, "absent": value, "denied": negative(hour), "deleted": value,
		"malformed": ctxcache.NewEntry[[]byte](nil, -1), "without": value,
	}, leases)
	for key, want := range map[string]error{
		"present": nil, "absent": nil, "denied": nil,
		"changed": ctxcache.ErrLeaseLost, "deleted": ctxcache.ErrLeaseLost, "without": ctxcache.ErrLeaseLost,
	} {
		if got := ctxcache.KeyError(err, key); got != want {
			t.Errorf("FillMany of %s: %v, want %v", key, got, want)
		}
	}
	malformed := ctxcache.KeyError(err, "malformed")
	if fails(t, malformed, ctxcache.OpFillMany); !errors.Is(malformed, ctxcache.ErrTTL) {
		t.Errorf("FillMany with a bad TTL: %v", malformed)
	}
	must(t, cache.Fill(ctx, "malformed", leases["malformed"], value)) // the lease stands
	for key, want := range map[string]string{"present": "filled", "absent": "filled", "changed": "newer", "malformed": "filled"} {
		if got, err := cache.Get(ctx, key); string(got) != want || err != nil {
			t.Errorf("Get of %s: %q, %v", key, got, err)
		}
	}
	for key, want := range map[string]error{"denied": ctxcache.ErrNotFound, "deleted": ctxcache.ErrMiss, "without": ctxcache.ErrMiss} {
		if _, err := cache.Get(ctx, key); err != want {
			t.Errorf("Get of %s: %v, want %v", key, err, want)
		}
	}

	// One that is unsupported keeps all from being stored.
	must(t, cache.DeleteMany(ctx, []string{"a", "b"}))
	_, leases, err = cache.GetLeases(ctx, []string{"a", "b"}, 0)
	must(t, err)
	err = cache.FillMany(ctx, map[string]entry{"a": value, "b": {Meta: ctxcache.Meta{TTL: hour, CopyTTL: time.Second}}}, leases)
	if err != errors.ErrUnsupported {
		t.Errorf("FillMany with a CopyTTL: %v", err)
	}
	must(t, cache.ReleaseMany(ctx, leases))
}

func TestReleaseManyAnswersKeyByKey(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
	ctx := t.Context()
	must(t, cache.Set(ctx, "present", []byte("value"), hour))
	must(t, cache.Set(ctx, "changed", []byte("value"), hour))
	_, leases, err := cache.GetLeases(ctx, []string{"present", "changed", "absent", "deleted", "ended"}, ctxcache.NoExpiry)
	must(t, err)
	must(t, cache.Set(ctx, "changed", []byte("newer"), hour))
	must(t, cache.Delete(ctx, "deleted"))
	must(t, cache.Release(ctx, "ended", leases["ended"]))
	leases["not granted"] = ctxcache.NoLease(ctxcache.Loading)

	err = cache.ReleaseMany(ctx, leases)
	for key, want := range map[string]error{
		"present": nil, "absent": nil, "not granted": nil,
		"changed": ctxcache.ErrLeaseLost, "deleted": ctxcache.ErrLeaseLost, "ended": ctxcache.ErrLeaseLost,
	} {
		if got := ctxcache.KeyError(err, key); got != want {
			t.Errorf("ReleaseMany of %s: %v, want %v", key, got, want)
		}
	}
	if got, err := cache.Get(ctx, "present"); string(got) != "value" || err != nil {
		t.Errorf("Get: %q, %v", got, err)
	}
	if n, err := client.Exists(ctx, prefix+"absent").Result(); err != nil || n != 0 {
		t.Errorf("ReleaseMany leaves a marker: %d, %v", n, err)
	}
}

// twoServers returns a client of several servers, two of them, and a key that each of these has.
func twoServers(t *testing.T) (client *redis.ClusterClient, up, down *redistest.Server, upKey, downKey string) {
	t.Helper()
	cluster := redistest.StartCluster(t, 3)
	up, down = cluster.Nodes[0], cluster.Nodes[1]
	client = redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: cluster.Addrs(), MaxRetries: -1, MaxRedirects: -1, DialerRetries: 1,
	})
	t.Cleanup(func() { must(t, client.Close()) })
	for i := 0; upKey == "" || downKey == ""; i++ {
		key := fmt.Sprint("key", i)
		master, err := client.MasterForKey(t.Context(), key)
		must(t, err)
		switch master.Options().Addr {
		case up.Addr:
			upKey = key
		case down.Addr:
			downKey = key
		}
	}
	return client, up, down, upKey, downKey
}

func TestLeasesWhileOneServerIsDown(t *testing.T) {
	client, up, down, upKey, downKey := twoServers(t)
	cache := newCache(t, client, &rediscache.Options{LeaseTTL: hour})
	ctx := t.Context()
	keys := []string{upKey, downKey}
	_, standing, err := cache.GetLeases(ctx, keys, 0)
	must(t, err)
	down.Stop()

	err = cache.FillMany(ctx, map[string]entry{upKey: {Value: []byte("value")}, downKey: {}}, standing)
	fails(t, ctxcache.KeyError(err, downKey), ctxcache.OpFillMany)
	must(t, ctxcache.KeyError(err, upKey))

	// The answers of the server that is up are there all the same.
	found, leases, err := cache.GetLeases(ctx, keys, ctxcache.NoExpiry)
	fails(t, ctxcache.KeyError(err, downKey), ctxcache.OpGetLeases)
	must(t, ctxcache.KeyError(err, upKey))
	if len(found) != 1 || string(found[upKey].Value) != "value" || len(leases) != 1 || !leases[upKey].Granted() {
		t.Errorf("found %v, with leases %v", found, leases)
	}
	leases[downKey] = standing[downKey]
	err = cache.ReleaseMany(ctx, leases)
	fails(t, ctxcache.KeyError(err, downKey), ctxcache.OpReleaseMany)
	must(t, ctxcache.KeyError(err, upKey))
	if n, err := up.Client(t).DBSize(ctx).Result(); err != nil || n != 1 {
		t.Errorf("the server that is up has %d keys, %v", n, err)
	}

	// The other one has forgotten its marker.
	down.Restart()
	await(t, "the client noticed", func() bool { return second(cache.Get(ctx, downKey)) == ctxcache.ErrMiss })
	if err := cache.Release(ctx, downKey, standing[downKey]); err != ctxcache.ErrLeaseLost {
		t.Errorf("Release after the restart: %v", err)
	}
	must(t, cache.Release(ctx, downKey, absentLease(t, ctx, cache, downKey)))
}

// A grant for one key of several, whose answer is lost, leaves no lease behind, and the others have theirs.
func TestGetLeasesThatFailsForOneKey(t *testing.T) {
	server := redistest.Shared(t)
	prefix := nextPrefix()
	single := newCache(t, server.Client(t), &rediscache.Options{Prefix: prefix, LeaseTTL: hour})
	must(t, single.Release(t.Context(), "warm", absentLease(t, t.Context(), single, "warm"))) // now it knows the scripts

	client := server.Client(t)
	client.AddHook(&forgetful{stored: prefix + "lost"})
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix, LeaseTTL: hour})
	must(t, cache.Set(t.Context(), "held", []byte("value"), hour))
	found, leases, err := cache.GetLeases(t.Context(), []string{"held", "lost", "free"}, 0)
	fails(t, ctxcache.KeyError(err, "lost"), ctxcache.OpGetLeases)
	if len(found) != 1 || string(found["held"].Value) != "value" {
		t.Errorf("found %v", found)
	}
	if len(leases) != 1 || !leases["free"].Granted() {
		t.Errorf("leases %v", leases)
	}
	await(t, "the lease was given back", func() bool {
		_, l, err := single.GetLease(t.Context(), "lost", 0)
		return err == ctxcache.ErrMiss && l.Granted()
	})
	must(t, cache.Fill(t.Context(), "free", leases["free"], entry{Value: []byte("value")}))
}
