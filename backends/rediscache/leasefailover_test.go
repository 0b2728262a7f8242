package rediscache_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// pair is a master of a cluster and its replica, which change places.
type pair struct {
	cluster         *redistest.Cluster
	master, replica *redistest.Server
}

const pairPrefix = "{pair}:" // of the keys that the pair has

func startPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{cluster: redistest.StartCluster(t, 3)}
	master, err := p.cluster.Client(t).MasterForKey(t.Context(), pairPrefix)
	must(t, err)
	for _, node := range p.cluster.Nodes {
		if node.Addr == master.Options().Addr {
			p.master, p.replica = node, p.cluster.AddReplica(t, node)
		}
	}
	return p
}

// cache returns a cache whose keys the pair has. Its client does not wait long for a server that hangs, and often
// asks which nodes are masters: otherwise it would learn that one is gone by chance, or in a minute.
func (p *pair) cache(t *testing.T) *rediscache.Cache {
	t.Helper()
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: p.cluster.Addrs(), ReadTimeout: 200 * time.Millisecond, DialerRetries: 1,
		ClusterStateReloadInterval: 100 * time.Millisecond,
	})
	t.Cleanup(func() { must(t, client.Close()) })
	return newCache(t, client, &rediscache.Options{Prefix: pairPrefix, LeaseTTL: hour})
}

// replicate waits until the replica has what the master has.
func (p *pair) replicate(t *testing.T) {
	t.Helper()
	if n, err := p.master.Client(t).Wait(t.Context(), 1, 0).Result(); n != 1 || err != nil {
		t.Fatalf("%d replicas have it, %v", n, err)
	}
}

// failover makes the replica the master, by CLUSTER FAILOVER with an option or none.
func (p *pair) failover(t *testing.T, option ...any) {
	t.Helper()
	p.master, p.replica = p.replica, p.master
	client := p.master.Client(t)
	must(t, client.Do(t.Context(), append([]any{"CLUSTER", "FAILOVER"}, option...)...).Err())
	await(t, "the replica was the master", func() bool {
		info, err := client.Info(t.Context(), "replication").Result()
		must(t, err)
		return strings.Contains(info, "role:master")
	})
}

// try makes a call that may fail or hang, and reports whether it succeeded. A miss is not among what it may say.
func try(t *testing.T, what string, call func(ctx context.Context) error) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := call(ctx)
	if err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound || err == ctxcache.ErrLeaseLost {
		t.Errorf("%s says %v, though nobody knows", what, err)
	}
	return err == nil
}

func TestClusterFailover(t *testing.T) {
	t.Parallel()
	p := startPair(t)
	cache := p.cache(t)
	ctx := t.Context()
	must(t, cache.Set(ctx, "held", []byte("value"), hour))
	get := func(ctx context.Context) error { return second(cache.Get(ctx, "held")) }
	expect := func(t *testing.T, key, want string) {
		t.Helper()
		if got, err := cache.Get(ctx, key); err != nil || string(got) != want {
			t.Errorf("Get of %s: %q, %v, want %q", key, got, err, want)
		}
	}

	t.Run("orderly", func(t *testing.T) { // which loses nothing
		var leases []lease
		for _, kind := range leaseKinds {
			leases = append(leases, kind.take(t, cache, "orderly"+kind.name), kind.take(t, cache, "newer"+kind.name))
		}
		done := make(chan struct{})
		reading := make(chan struct{})
		go func() {
			defer close(reading)
			for {
				select {
				case <-done:
					return
				default:
					try(t, "Get", get)
				}
			}
		}()
		p.failover(t)
		close(done)
		<-reading
		for i, kind := range leaseKinds {
			must(t, cache.Set(ctx, "newer"+kind.name, []byte("newer"), hour))
			must(t, cache.Fill(ctx, "orderly"+kind.name, leases[2*i], entry{Value: []byte("filled")}))
			expect(t, "orderly"+kind.name, "filled")
			if err := cache.Fill(ctx, "newer"+kind.name, leases[2*i+1], entry{Value: []byte("stale")}); err != ctxcache.ErrLeaseLost {
				t.Errorf("Fill of what was set on the new master: %v", err)
			}
			expect(t, "newer"+kind.name, "newer")
		}
	})

	t.Run("of a master that hangs", func(t *testing.T) { // and still takes itself for the master
		redistest.AwaitReplication(t, p.replica.Client(t))
		for _, kind := range leaseKinds {
			stale := kind.take(t, cache, "hang"+kind.name)
			p.replicate(t)
			p.master.Pause()
			try(t, "Get", get)
			p.failover(t, "TAKEOVER")
			other := p.cache(t) // a client that exists asks the one that hangs, again and again
			await(t, "others saw the new master", func() bool {
				return try(t, "Set", func(ctx context.Context) error {
					return other.Set(ctx, "hang"+kind.name, []byte("newer"), hour)
				})
			})
			p.replica.Resume()
			if err := cache.Fill(ctx, "hang"+kind.name, stale, entry{Value: []byte("stale")}); err != nil && err != ctxcache.ErrLeaseLost {
				t.Errorf("Fill: %v", err)
			} else {
				t.Logf("the lease of the old master: Fill says %v", err)
			}
			redistest.AwaitReplication(t, p.replica.Client(t)) // by now it knows
			expect(t, "hang"+kind.name, "newer")
		}
	})

	t.Run("of a master that is gone", func(t *testing.T) {
		kept, lost := absentLease(t, ctx, cache, "kept"), absentLease(t, ctx, cache, "lost")
		p.replicate(t)
		p.master.Stop()
		if try(t, "Get", get) || try(t, "GetLease", func(ctx context.Context) error {
			_, l, err := cache.GetLease(ctx, "gone", 0)
			if l.Granted() {
				t.Error("a lease is granted by nobody")
			}
			return err
		}) || try(t, "Fill", func(ctx context.Context) error { return cache.Fill(ctx, "kept", kept, entry{Value: []byte("filled")}) }) {
			t.Error("a call to a master that is gone succeeds")
		}
		p.failover(t, "TAKEOVER")
		await(t, "calls worked again", func() bool { return try(t, "Get", get) })
		must(t, cache.Set(ctx, "lost", []byte("newer"), hour))
		if err := cache.Fill(ctx, "lost", lost, entry{Value: []byte("stale")}); err != ctxcache.ErrLeaseLost {
			t.Errorf("Fill of what was set on the new master: %v", err)
		}
		expect(t, "lost", "newer")
		must(t, cache.Fill(ctx, "kept", kept, entry{Value: []byte("filled")}))
		expect(t, "kept", "filled")
	})
}
