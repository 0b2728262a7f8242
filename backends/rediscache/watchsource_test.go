package rediscache_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/internal/remotetest"
)

// runSource runs the suite of sources over servers. Cuts interrupt the stream. Without the whole matrix, only the one
// with the name kept is used.
func runSource(t *testing.T, client, direct redis.UniversalClient, kept string, cuts map[string]func(t *testing.T) (heal func())) {
	t.Helper()
	warm(t, client)
	warm(t, direct) // Begins makes a change within the Watch
	if kept != "" && !remotetest.WholeMatrix() {
		cuts = map[string]func(t *testing.T) (heal func()){kept: cuts[kept]}
	}
	cachetest.RunSource(t, func(t *testing.T) cachetest.Stream {
		prefix := nextPrefix()
		cache := newCache(t, client, &rediscache.Options{
			Prefix: prefix, WatchTimeout: time.Second, WriteTimeout: 5 * time.Second,
		})
		return cachetest.Stream{
			Source: ctxcache.SourceOf[string, []byte](cache),
			Change: func(ctx context.Context, key string) error {
				return direct.Set(ctx, prefix+key, "value", hour).Err()
			},
			Cuts: cuts,
		}
	})
}

// warm makes go-redis start the goroutines of a client, so that they do not seem to be those of a Watch.
func warm(t *testing.T, client redis.UniversalClient) {
	t.Helper()
	if cluster, ok := client.(*redis.ClusterClient); ok {
		must(t, cluster.ForEachShard(t.Context(), func(ctx context.Context, node *redis.Client) error { return node.Ping(ctx).Err() }))
		return
	}
	must(t, client.Ping(t.Context()).Err())
}

// killWatchers ends the connections that a server has for Watch.
func killWatchers(t *testing.T, server *redistest.Server) {
	t.Helper()
	client := server.Client(t)
	for _, id := range watchers(t, client) {
		must(t, client.Do(t.Context(), "CLIENT", "KILL", "ID", id).Err())
	}
}

func TestSourceOfAServer(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.StartProxy(t, server.Addr)
	cuts := make(map[string]func(t *testing.T) (heal func()))
	for name, fault := range watchFaults {
		cuts[name] = func(t *testing.T) (heal func()) {
			fault.fail(t, server, proxy)
			return func() { fault.restore(server, proxy) }
		}
	}
	runSource(t, through(t, server, proxy), server.Client(t), "", cuts)
}

func TestSourceOfASentinel(t *testing.T) {
	s := redistest.StartSentinels(t, 2, 3)
	const killed = "the connection is killed"
	runSource(t, s.Client(t), s.Client(t), killed, map[string]func(t *testing.T) (heal func()){
		killed: func(t *testing.T) (heal func()) {
			killWatchers(t, s.Master(t))
			return func() {}
		},
		"another master": func(t *testing.T) (heal func()) {
			old := s.Master(t)
			s.Failover(t)
			return func() { redistest.AwaitReplication(t, old.Client(t)) } // until then, changes may be made there, and be lost
		},
		"the master hangs": func(t *testing.T) (heal func()) {
			master := s.Master(t)
			master.Pause()
			return master.Resume
		},
	})
}

func TestSourceOfACluster(t *testing.T) {
	cluster := redistest.StartReplicatedCluster(t, 3)
	const killed = "a connection is killed"
	runSource(t, briefCluster(t, cluster), cluster.Client(t), killed, map[string]func(t *testing.T) (heal func()){
		killed: func(t *testing.T) (heal func()) {
			killWatchers(t, cluster.Nodes[0])
			return func() {}
		},
		"another master": func(t *testing.T) (heal func()) {
			cluster.Failover(t, 1)
			replica := cluster.Replicas[1].Client(t)
			return func() { redistest.AwaitReplication(t, replica) }
		},
		"a master hangs": func(*testing.T) (heal func()) {
			cluster.Nodes[2].Pause()
			return cluster.Nodes[2].Resume
		},
	})
}
