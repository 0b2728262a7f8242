package rediscache_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// briefCluster returns a client that does not wait long for a node that hangs, and often asks which nodes are masters.
func briefCluster(t testing.TB, cluster *redistest.Cluster) *redis.ClusterClient {
	t.Helper()
	options := cluster.Options()
	options.ReadTimeout, options.DialerRetries = 500*time.Millisecond, 1
	options.ClusterStateReloadInterval = 100 * time.Millisecond
	client := redis.NewClusterClient(options)
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// spread returns a key with a prefix for each of the masters.
func spread(t testing.TB, cluster *redistest.Cluster, client *redis.ClusterClient, prefix string) []string {
	t.Helper()
	keys := make([]string, len(cluster.Nodes))
	for found, i := 0, 0; found < len(keys); i++ {
		key := "key" + strconv.Itoa(i)
		master, err := client.MasterForKey(t.Context(), prefix+key)
		must(t, err)
		for j, node := range cluster.Nodes {
			if keys[j] == "" && node.Addr == master.Options().Addr {
				keys[j] = key
				found++
			}
		}
	}
	return keys
}

func TestWatchReportsChangesAtEveryMaster(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	client := cluster.Client(t)
	cache := newCache(t, cluster.Client(t), &rediscache.Options{Prefix: "p:"})
	f := follow(t, cache)
	for _, key := range spread(t, cluster, client, "p:") {
		must(t, client.Set(t.Context(), "p:"+key, "new", 0).Err())
		if e := f.next(); e.Key != "p:"+key {
			t.Errorf("%+v, want a change of %s", e, key)
		}
	}
	for _, node := range cluster.Nodes {
		must(t, node.Client(t).FlushAll(t.Context()).Err())
		if e := f.next(); !e.All {
			t.Errorf("%+v, want a flush", e)
		}
	}
	f.stop()
	for _, node := range cluster.Nodes {
		wantNoWatchers(t, node.Client(t))
	}
}

// A cluster reports the same changes as one server.
func TestWatchReportsChangesOfAnyClientOfACluster(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	f := follow(t, newCache(t, cluster.Client(t), &rediscache.Options{Prefix: "p:"}))
	owner := cluster.Owner(t, "p:key")
	client := owner.Client(t)
	last := "p:last"
	for i := 0; cluster.Owner(t, last) != owner; i++ {
		last = "p:last" + strconv.Itoa(i)
	}
	for name, c := range changesByOthers {
		if strings.HasPrefix(name, "FLUSH") || oneSlot[name] || elsewhere[name] {
			continue
		}
		t.Run(name, func(t *testing.T) {
			must(t, client.FlushAll(t.Context()).Err())
			if c.has {
				must(t, client.Set(t.Context(), "p:key", "old", hour).Err())
			}
			f.heard(client, last)
			must(t, c.do(t.Context(), client))
			if got := keysOf(f.heard(client, last)); got != c.want {
				t.Errorf("events about %q, want %q", got, c.want)
			}
		})
	}
}

// elsewhere are changes of keys that another master has.
var elsewhere = map[string]bool{"another prefix": true, "a key of bytes": true}

// oneSlot are changes of several keys and of databases. A cluster makes the former only if the keys are in one slot, and
// has one database.
var oneSlot = map[string]bool{
	"MSET": true, "RENAME to": true, "RENAME from": true, "COPY": true, "MOVE": true, "a transaction": true,
}

// A Watch of a cluster ends when one of its connections does, and when there is a master that it does not hear.
func TestWatchOfAClusterEnds(t *testing.T) {
	const index = 1 // of the master with the fault
	for name, c := range map[string]struct {
		fail   func(t *testing.T, cluster *redistest.Cluster)
		heal   func(cluster *redistest.Cluster)
		silent bool
	}{
		"a connection of several is killed": {fail: func(t *testing.T, cluster *redistest.Cluster) {
			client := cluster.Nodes[index].Client(t)
			for _, id := range watchers(t, client) {
				must(t, client.Do(t.Context(), "CLIENT", "KILL", "ID", id).Err())
			}
		}},
		"a master hangs": {
			fail:   func(_ *testing.T, cluster *redistest.Cluster) { cluster.Nodes[index].Pause() },
			heal:   func(cluster *redistest.Cluster) { cluster.Nodes[index].Resume() },
			silent: true,
		},
		"a master dies": {
			fail: func(_ *testing.T, cluster *redistest.Cluster) { cluster.Nodes[index].Stop() },
			heal: func(cluster *redistest.Cluster) { cluster.Nodes[index].Restart() },
		},
		"a master is added": {fail: func(t *testing.T, cluster *redistest.Cluster) { cluster.AddMaster(t) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := redistest.StartCluster(t, 3)
			cache := newCache(t, briefCluster(t, cluster), &rediscache.Options{
				Prefix: "p:", WatchTimeout: time.Second, WriteTimeout: 5 * time.Second,
			})
			f := follow(t, cache)
			c.fail(t, cluster)
			err := f.end()
			wantEnded(t, err)
			if timeout := errors.Is(err, ctxcache.ErrTimeout); timeout != c.silent {
				t.Errorf("Watch: %v, and a timeout is %v", err, timeout)
			}
			if c.heal != nil {
				c.heal(cluster)
			}
			await(t, "a new Watch hears every master", func() bool {
				f := startFollowing(t, cache)
				select {
				case err := <-f.ended:
					f.ended <- err
					return false
				case e := <-f.events:
					if !e.Gap {
						t.Fatalf("the first event is %+v, want a Gap", e)
					}
				}
				defer f.stop()
				for _, node := range cluster.Nodes {
					if len(watchers(t, node.Client(t))) == 0 {
						t.Errorf("there is no connection to %s", node.Addr)
					}
				}
				return true
			})
			must(t, cache.Close())
			for _, node := range cluster.Nodes {
				wantNoWatchers(t, node.Client(t))
			}
		})
	}
}

// A server that is not a node of a cluster, or does not say which nodes there are, is a failure of Watch.
func TestWatchOfAClusterIsRefused(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	for _, node := range cluster.Nodes {
		must(t, node.Client(t).Do(t.Context(), "ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all", "-cluster|nodes").Err())
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs(), Username: "app", Password: "pw"})
	t.Cleanup(func() { must(t, client.Close()) })
	cache := newCache(t, client, bounded())
	err := cache.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") })
	if wantEnded(t, err); !strings.Contains(err.Error(), "refuses CLUSTER NODES") {
		t.Errorf("Watch: %v", err)
	}
	warnings, err := ctxcache.Check(t.Context(), cache)
	if codes(warnings) != "missing_command" || err != nil || !strings.Contains(warnings[0].Text, "refuses CLUSTER NODES, so Watch fails") {
		t.Errorf("Check: %v, %v", warnings, err)
	}
	for _, node := range cluster.Nodes {
		wantNoWatchers(t, node.Client(t))
	}
}

func TestWatchOfAClusterThatIsDown(t *testing.T) {
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}})
	t.Cleanup(func() { must(t, client.Close()) })
	wantEnded(t, newCache(t, client, nil).Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") }))
}

// A panic of the caller's function, or of the client's, is a panic of Watch, with several connections, too.
func TestWatchOfAClusterPassesOnAPanic(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	type watching struct{} // is in the context of the call, and so of its connections
	watch := func(client *redis.ClusterClient, fn func(ctxcache.Event)) (panicked any) {
		defer func() { panicked = recover() }()
		_ = newCache(t, client, nil).Watch(context.WithValue(t.Context(), watching{}, true), fn)
		return nil
	}
	if got := watch(cluster.Client(t), func(ctxcache.Event) { panic("of fn") }); got != "of fn" {
		t.Errorf("recovered %v", got)
	}
	options := cluster.Options()
	options.OnConnect = func(ctx context.Context, _ *redis.Conn) error {
		if ctx.Value(watching{}) != nil {
			panic("of OnConnect")
		}
		return nil
	}
	client := redis.NewClusterClient(options)
	t.Cleanup(func() { must(t, client.Close()) })
	warm(t, client)
	if got := watch(client, func(ctxcache.Event) { t.Error("an event") }); got != "of OnConnect" {
		t.Errorf("recovered %v", got)
	}
	for _, node := range cluster.Nodes {
		wantNoWatchers(t, node.Client(t))
	}
}
