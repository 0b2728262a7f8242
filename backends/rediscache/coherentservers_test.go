package rediscache_test

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// oneSlotPrefix puts all keys of a cache into one slot, so that one master has them, and the clock of a node, too.
const oneSlotPrefix = "{p}:"

// failing returns options of nodes whose servers fail. The timeouts are long enough for a busy machine.
func failing() *rediscache.Options {
	return &rediscache.Options{
		Prefix: oneSlotPrefix, ReadTimeout: time.Second, WriteTimeout: 5 * time.Second, WatchTimeout: time.Second,
	}
}

// servers are several servers. One has the keys with oneSlotPrefix, and another one can take its place.
type servers struct {
	client   func() redis.UniversalClient       // does not wait long for a server that hangs
	all      []*redistest.Server                // those that may have the keys
	master   *redistest.Server                  // has the keys
	failover func(works bool) *redistest.Server // whether the master works; returns the new one
}

// topologies start servers.
var topologies = map[string]func(t *testing.T) *servers{
	"Sentinel": func(t *testing.T) *servers {
		s := redistest.StartSentinels(t, 2, 3)
		first := s.Servers[0]
		return &servers{
			client: func() redis.UniversalClient { return briefSentinel(t, s) },
			all:    s.Servers, master: first,
			failover: func(works bool) *redistest.Server {
				if works {
					return s.Failover(t)
				}
				return s.AwaitFailover(t, first)
			},
		}
	},
	"Cluster": func(t *testing.T) *servers {
		c := redistest.StartReplicatedCluster(t, 3)
		master := c.Owner(t, oneSlotPrefix)
		i := slices.Index(c.Nodes, master)
		return &servers{
			client: func() redis.UniversalClient { return briefCluster(t, c) },
			all:    slices.Concat(c.Nodes, c.Replicas), master: master,
			failover: func(bool) *redistest.Server {
				c.Failover(t, i)
				return c.Nodes[i]
			},
		}
	},
}

// briefSentinel returns a client that does not wait long for a server that hangs.
func briefSentinel(t testing.TB, s *redistest.Sentinels) *redis.Client {
	t.Helper()
	options := s.Options()
	options.ReadTimeout, options.MaxRetries, options.DialerRetries = 500*time.Millisecond, -1, 1
	client := redis.NewFailoverClient(options)
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// If another server takes the place of the master, near has nothing from before as soon as the Watch has ended, and
// follows the new one.
func TestCoherentThroughAFailover(t *testing.T) {
	for topology, start := range topologies {
		for name, fail := range map[string]func(master *redistest.Server) (works bool){
			"of a master that works": func(*redistest.Server) bool { return true },
			"of a master that dies": func(master *redistest.Server) bool {
				master.Stop()
				return false
			},
			"of a master that hangs": func(master *redistest.Server) bool {
				master.Pause()
				return false
			},
		} {
			t.Run(topology+", "+name, func(t *testing.T) {
				t.Parallel()
				s := start(t)
				n := newNode(t, s.client(), failing(), bare)
				must(t, n.far.Set(t.Context(), "key", []byte("old"), hour))
				n.settle(t)
				if n.hits(t, "key"); !n.hits(t, "key") {
					t.Fatal("near has no copy")
				}
				works := fail(s.master)
				direct := s.failover(works).Client(t)
				must(t, direct.Set(t.Context(), oneSlotPrefix+"key", "new", hour).Err())
				wantEnded(t, <-n.failed)
				// Near may miss a write at the new master until its Watch ends, and not longer.
				read := func() bool {
					value, err := n.Get(t.Context(), "key")
					if err == nil && string(value) != "new" {
						t.Fatalf("Get: %q after it was overwritten", value)
					}
					return err == nil
				}
				for range 3 {
					read()
				}
				await(t, "near follows the new master", func() bool {
					before := n.farReads()
					return read() && n.farReads() == before
				})
				must(t, direct.Set(t.Context(), oneSlotPrefix+"key", "newer", hour).Err())
				await(t, "near has followed a change", func() bool {
					value, err := n.Get(t.Context(), "key")
					return err == nil && string(value) == "newer"
				})
				if name == "of a master that hangs" {
					s.master.Resume() // it takes itself for the master for a moment
					redistest.AwaitReplication(t, s.master.Client(t))
					n.wants(t, "key", "newer")
				}
			})
		}
	}
}
