package rediscache_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestTimeouts(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"}) // never asked
	t.Cleanup(func() { must(t, client.Close()) })
	const late = 10 * time.Second // the timeouts of the client by default, for reading and for writing
	for _, c := range []struct {
		options *rediscache.Options
		want    ctxcache.Timeouts
	}{
		{nil, ctxcache.Timeouts{Read: 100 * time.Millisecond, Write: time.Second, Late: late}},
		{&rediscache.Options{ReadTimeout: 1, WriteTimeout: hour}, ctxcache.Timeouts{Read: 1, Write: hour, Late: late}},
		{
			&rediscache.Options{ReadTimeout: ctxcache.NoExpiry, WriteTimeout: ctxcache.NoExpiry},
			ctxcache.Timeouts{Read: ctxcache.NoExpiry, Write: ctxcache.NoExpiry, Late: late},
		},
	} {
		cache := rediscache.New(client, c.options)
		if got := ctxcache.TimeoutsOf[string, []byte](cache); got != c.want {
			t.Errorf("with %+v: %v, want %v", c.options, got, c.want)
		}
		must(t, cache.Close())
	}
}

func TestServerThatHangsCostsTheLimit(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	for _, operation := range operations {
		t.Run(operation.Name, func(t *testing.T) {
			cache := newCache(t, client, &rediscache.Options{
				Prefix: "p:", ReadTimeout: 20 * time.Millisecond, WriteTimeout: 20 * time.Millisecond,
			})
			must(t, client.Ping(t.Context()).Err())
			server.Pause()
			defer server.Resume()
			err := operation.Call(context.WithoutCancel(t.Context()), cache)
			fails(t, err, operation.Op)
			var timeout net.Error
			if !errors.Is(err, ctxcache.ErrTimeout) || !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("got %v, want %v", err, ctxcache.ErrTimeout)
			}
			if stats, err := cache.Stats(t.Context()); stats.Timeouts != 1 || err != nil {
				t.Errorf("Stats: %+v, %v", stats, err)
			}
		})
	}
}

func TestGrantThatTimesOutIsGivenBack(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:", LeaseTTL: hour, ReadTimeout: 20 * time.Millisecond})
	patient := newCache(t, client, &rediscache.Options{Prefix: "p:", LeaseTTL: hour})
	must(t, patient.Release(t.Context(), "warm", absentLease(t, t.Context(), patient, "warm")))
	must(t, client.ConfigResetStat(t.Context()).Err())
	for _, many := range []bool{false, true} {
		server.Pause()
		var err error
		if many {
			_, _, err = cache.GetLeases(t.Context(), []string{"key", "other"}, 0)
		} else {
			_, _, err = cache.GetLease(t.Context(), "key", 0)
		}
		if !errors.Is(err, ctxcache.ErrTimeout) {
			t.Errorf("got %v", err)
		}
		server.Resume()
		await(t, "the lease was granted and given back", func() bool {
			n, err := client.Exists(t.Context(), "p:key", "p:other").Result()
			must(t, err)
			return n == 0 && commandCalls(t, client, "pexpire") > 0
		})
		must(t, client.ConfigResetStat(t.Context()).Err())
	}
}

// clusterWithOneThatHangs returns a cache in a cluster, and keys of servers that answer, and of one that hangs from hang on.
func clusterWithOneThatHangs(t *testing.T, options rediscache.Options) (
	cache *rediscache.Cache, healthy, hung []string, cluster *redistest.Cluster, hang func(),
) {
	t.Helper()
	cluster = redistest.StartCluster(t, 3)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), ReadTimeout: redistest.Patience})
	t.Cleanup(func() { must(t, client.Close()) })
	for i := range 30 {
		key := fmt.Sprint("key", i)
		master, err := client.MasterForKey(t.Context(), key)
		must(t, err)
		if master.Options().Addr == cluster.Nodes[0].Addr {
			hung = append(hung, key)
		} else {
			healthy = append(healthy, key)
		}
	}
	cache = newCache(t, client, &options)
	return cache, healthy, hung, cluster, func() {
		cluster.Nodes[0].Pause()
		t.Cleanup(cluster.Nodes[0].Resume)
	}
}

func TestServerThatHangsFailsItsOwnKeysOnly(t *testing.T) {
	t.Parallel()
	const limit = 2 * time.Second // on a busy machine, the others answer sooner
	cache, healthy, hung, _, hang := clusterWithOneThatHangs(t, rediscache.Options{LeaseTTL: hour, ReadTimeout: limit, WriteTimeout: limit})
	ctx := t.Context()
	keys := append(append([]string{}, healthy...), hung...)
	entries := make(map[string]entry)
	for _, key := range keys {
		entries[key] = ctxcache.NewEntry([]byte("value"), hour)
	}
	_, leases, err := cache.GetLeases(ctx, keys, 0)
	must(t, err)
	hang()
	check := func(what string, err error) {
		t.Helper()
		for _, key := range healthy {
			if err := ctxcache.KeyError(err, key); err != nil {
				t.Errorf("%s of a key whose server answers: %v", what, err)
			}
		}
		for _, key := range hung {
			if err := ctxcache.KeyError(err, key); !errors.Is(err, ctxcache.ErrTimeout) {
				t.Errorf("%s of a key whose server hangs: %v", what, err)
			}
		}
	}
	check("FillMany", cache.FillMany(ctx, entries, leases))
	found, err := cache.GetEntries(ctx, keys)
	check("GetEntries", err)
	if len(found) != len(healthy) {
		t.Errorf("GetEntries finds %d of %d", len(found), len(healthy))
	}
	check("DeleteMany", cache.DeleteMany(ctx, keys))
	_, leases, err = cache.GetLeases(ctx, keys, 0)
	check("GetLeases", err)
	if len(leases) != len(healthy) {
		t.Errorf("GetLeases grants %d of %d", len(leases), len(healthy))
	}
	check("ReleaseMany", func() error {
		err := cache.ReleaseMany(ctx, leases)
		if len(leases) == len(healthy) && err != nil {
			t.Errorf("ReleaseMany: %v", err)
		}
		return cache.SetEntries(ctx, entries)
	}())
	found, _ = cache.GetEntries(ctx, healthy)
	if len(found) != len(healthy) {
		t.Errorf("SetEntries has stored %d of %d", len(found), len(healthy))
	}
}

func TestServerThatHangsDoesNotEndRenewalOnOthers(t *testing.T) {
	t.Parallel()
	cache, healthy, hung, cluster, hang := clusterWithOneThatHangs(t, rediscache.Options{LeaseTTL: renewed})
	_, leases, err := cache.GetLeases(t.Context(), []string{healthy[0], hung[0]}, 0)
	must(t, err)
	master, err := cluster.Client(t).MasterForKey(t.Context(), healthy[0])
	must(t, err)
	hang()
	awaitRenewals(t, master, 2*renewed, healthy[0])
	must(t, cache.Fill(t.Context(), healthy[0], leases[healthy[0]], entry{Value: []byte("value")}))
}
