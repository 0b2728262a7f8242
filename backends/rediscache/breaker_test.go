package rediscache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// several is a client of several servers. One of them hangs.
type several struct {
	client        redis.UniversalClient
	healthy, hung []string // keys, by their servers
	hang          func()   // pauses the server that hangs until the test ends
}

// onCluster returns a client of a cluster. Fresh means that the client has not talked to a server yet, and knows
// only those that answer.
func onCluster(t *testing.T, cluster *redistest.Cluster, fresh bool) several {
	t.Helper()
	known := cluster.Client(t)
	s := several{client: known}
	for i := range 30 {
		key := fmt.Sprint("key", i)
		master, err := known.MasterForKey(t.Context(), key)
		must(t, err)
		if master.Options().Addr == cluster.Nodes[0].Addr {
			s.hung = append(s.hung, key)
		} else {
			s.healthy = append(s.healthy, key)
		}
	}
	if fresh {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs()[1:], ReadTimeout: redistest.Patience})
		t.Cleanup(func() { must(t, client.Close()) })
		s.client = client
	}
	s.hang = func() {
		cluster.Nodes[0].Pause()
		t.Cleanup(cluster.Nodes[0].Resume)
	}
	return s
}

// onRing returns a ring of two servers, which does not notice that one of them hangs.
func onRing(t *testing.T) several {
	t.Helper()
	hung, healthy := redistest.Start(t), redistest.Start(t)
	ring := redis.NewRing(&redis.RingOptions{
		Addrs:       map[string]string{"hung": hung.Addr, "healthy": healthy.Addr},
		ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience, PoolTimeout: redistest.Patience,
		HeartbeatFrequency: hour,
	})
	t.Cleanup(func() { must(t, ring.Close()) })
	s := several{client: ring}
	for i := range 30 {
		key := fmt.Sprint("key", i)
		shard, err := ring.GetShardClientForKey(key)
		must(t, err)
		if shard.Options().Addr == hung.Addr {
			s.hung = append(s.hung, key)
		} else {
			s.healthy = append(s.healthy, key)
		}
	}
	s.hang = func() {
		hung.Pause()
		t.Cleanup(hung.Resume)
	}
	return s
}

// stalls fails the test unless err is a timeout.
func stalls(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("%s of a key whose server hangs: %v", what, err)
	}
}

// check checks that healthy servers answer every call, while a call to the one that hangs is let through, and others to it
// are refused.
func (s several) check(t *testing.T) {
	t.Helper()
	const limit = 2 * time.Second // on a busy machine, the others answer sooner
	cache := newCache(t, s.client, &rediscache.Options{LeaseTTL: hour, ReadTimeout: limit, WriteTimeout: limit})
	s.hang()
	ctx := t.Context()
	var opening sync.WaitGroup
	for range 2 { // the first calls also find out about the slots of a cluster
		for range 3 {
			opening.Go(func() { stalls(t, "Get", second(cache.Get(ctx, s.hung[0]))) })
		}
		opening.Wait()
	}
	sent := record(s.client)
	opening.Go(func() { stalls(t, "the Get that is let through", second(cache.Get(ctx, s.hung[0]))) })
	await(t, "a call is let through", func() bool { return len(sent.take()) > 0 })
	stalls(t, "Get", second(cache.Get(ctx, s.hung[0])))
	if trips := sent.take(); len(trips) > 0 {
		t.Errorf("the server that hangs is asked %q", trips)
	}

	key := s.healthy[0]
	for name, call := range map[string]func() error{
		"Get":      func() error { return second(cache.Get(ctx, key)) },
		"GetEntry": func() error { return second(cache.GetEntry(ctx, key)) },
		"Contains": func() error { return second(cache.Contains(ctx, key)) },
		"GetLease": func() error {
			_, l, err := cache.GetLease(ctx, key, 0)
			if err == ctxcache.ErrMiss {
				return cache.Fill(ctx, key, l, ctxcache.NewEntry([]byte("value"), hour))
			}
			return err
		},
		"Set":    func() error { return cache.Set(ctx, key, []byte("value"), hour) },
		"Delete": func() error { return cache.Delete(ctx, key) },
		"Remove": func() error { return second(cache.Remove(ctx, key)) },
	} {
		if err := call(); err != nil && err != ctxcache.ErrMiss && err != errors.ErrUnsupported {
			t.Errorf("%s of a key whose server answers: %v", name, err)
		}
	}
	for _, name := range callsForMany {
		s.checkMany(t, cache, name)
	}
	opening.Wait()
}

// callsForMany are the calls for keys on several servers.
var callsForMany = []string{"GetEntries", "SetEntries", "DeleteMany", "GetLeases"}

// checkMany makes a call for keys on all servers. It checks that only the keys on the server that hangs fail.
func (s several) checkMany(t *testing.T, cache *rediscache.Cache, name string) {
	t.Helper()
	ctx := t.Context()
	keys := append(append([]string{}, s.hung...), s.healthy...)
	entries := make(map[string]entry)
	for _, key := range keys {
		entries[key] = ctxcache.NewEntry([]byte("value"), hour)
	}
	var err error
	switch name {
	case "GetEntries":
		_, err = cache.GetEntries(ctx, keys)
	case "SetEntries":
		err = cache.SetEntries(ctx, entries)
	case "DeleteMany":
		err = cache.DeleteMany(ctx, keys)
	case "GetLeases":
		var leases map[string]lease
		if _, leases, err = cache.GetLeases(ctx, keys, 0); err == errors.ErrUnsupported {
			return // over a ring
		}
		for key, l := range leases {
			if err := cache.Release(ctx, key, l); err != nil {
				t.Errorf("Release: %v", err)
			}
		}
	}
	for _, key := range s.hung {
		stalls(t, name, ctxcache.KeyError(err, key))
	}
	for _, key := range s.healthy {
		if err := ctxcache.KeyError(err, key); err != nil {
			t.Errorf("%s of a key whose server answers: %v", name, err)
		}
	}
}

func TestServerThatHangsDoesNotGetCallsForOthersRefused(t *testing.T) {
	t.Parallel()
	t.Run("cluster", func(t *testing.T) {
		cluster := redistest.StartCluster(t, 3)
		t.Run("known", func(t *testing.T) { onCluster(t, cluster, false).check(t) })
		t.Run("fresh", func(t *testing.T) { onCluster(t, cluster, true).check(t) })
	})
	t.Run("ring", func(t *testing.T) { onRing(t).check(t) })
}

// The first call over a client of a cluster also finds out which server has which keys.
func TestServerThatHangsFailsItsOwnKeysOfTheFirstCall(t *testing.T) {
	t.Parallel()
	cluster := redistest.StartCluster(t, 3)
	const limit = 2 * time.Second
	for _, first := range callsForMany {
		t.Run(first, func(t *testing.T) {
			s := onCluster(t, cluster, true)
			cache := newCache(t, s.client, &rediscache.Options{LeaseTTL: hour, ReadTimeout: limit, WriteTimeout: limit})
			s.hang()
			s.checkMany(t, cache, first)
		})
	}
}

// The servers do not say where the keys are. That costs the limit once, and not once for the slots and once for the keys.
func TestFirstCallOverAClusterThatHangsCostsTheLimit(t *testing.T) {
	server := redistest.Start(t, "--cluster-enabled", "yes")
	for name, call := range everyCall {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.Addr}, ReadTimeout: redistest.Patience})
		t.Cleanup(func() { must(t, client.Close()) })
		limit := 20 * time.Millisecond
		cache := newCache(t, client, &rediscache.Options{LeaseTTL: hour, ReadTimeout: limit, WriteTimeout: limit})
		server.Pause()
		stalls(t, name, call(context.WithoutCancel(t.Context()), cache))
		server.Resume()
		if stats, err := cache.Stats(t.Context()); stats.Timeouts != 1 || err != nil {
			t.Errorf("%s: %+v, %v", name, stats, err)
		}
	}
}
