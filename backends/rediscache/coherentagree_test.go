package rediscache_test

import (
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// Nodes read and write while another server becomes the master, a slot moves, a master joins, and connections are cut.
// Some of their calls fail. In the end every node has what Redis has: a change that a node has missed would stay
// missed.
func TestCoherentNodesAgreeAfterFaults(t *testing.T) {
	for name, start := range map[string]func(t *testing.T) (client func() redis.UniversalClient, faults []func()){
		"Sentinel": func(t *testing.T) (func() redis.UniversalClient, []func()) {
			s := redistest.StartSentinels(t, 2, 3)
			var old *redistest.Server
			return func() redis.UniversalClient { return briefSentinel(t, s) }, []func(){
				func() { killWatchers(t, s.Master(t)) },
				func() { s.Failover(t) },
				func() {
					old = s.Master(t)
					old.Pause()
					s.AwaitFailover(t, old)
				},
				func() {
					old.Resume()
					redistest.AwaitReplication(t, old.Client(t))
				},
			}
		},
		"Cluster": func(t *testing.T) (func() redis.UniversalClient, []func()) {
			c := redistest.StartReplicatedCluster(t, 3)
			return func() redis.UniversalClient { return briefCluster(t, c) }, []func(){
				func() { killWatchers(t, c.Nodes[1]) },
				func() { c.Failover(t, 0) },
				func() { c.MoveSlot(t, "a", c.Nodes[(slotOwner(t, c, "a")+1)%3]) },
				func() {
					c.AddMaster(t)
					c.MoveSlot(t, "b", c.Nodes[3])
				},
				func() {
					c.Nodes[2].Pause()
					c.Failover(t, 2)
				},
				func() {
					c.Replicas[2].Resume()
					redistest.AwaitReplication(t, c.Replicas[2].Client(t))
				},
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, faults := start(t)
			options := failing()
			options.Prefix = ""
			agree(t, client, options, faults)
		})
	}
}

// slotOwner returns the index of the master that has the slot of key.
func slotOwner(t *testing.T, c *redistest.Cluster, key string) int {
	owner := c.Owner(t, key)
	for i, node := range c.Nodes {
		if node == owner {
			return i
		}
	}
	t.Fatal("no master has the slot")
	return 0
}

// agree makes three nodes read and write until all faults have happened.
func agree(t *testing.T, client func() redis.UniversalClient, options *rediscache.Options, faults []func()) {
	t.Helper()
	var all []*node
	for range 3 {
		all = append(all, newNode(t, client(), options, bare))
	}
	other := client()
	keys := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	done := make(chan struct{})
	var running sync.WaitGroup
	stop := sync.OnceFunc(func() {
		close(done)
		running.Wait()
	})
	defer stop()
	for i, n := range all {
		running.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(i)))
			for j := 0; ; j++ {
				select {
				case <-done:
					return
				default:
				}
				key, value := keys[random.IntN(len(keys))], strconv.Itoa(i)+"/"+strconv.Itoa(j)
				switch random.IntN(10) { // calls fail while there is a fault
				case 0:
					_ = n.Set(t.Context(), key, []byte(value), hour)
				case 1:
					_ = other.Set(t.Context(), key, value, hour).Err()
				case 2:
					_ = n.Delete(t.Context(), key)
				default:
					_, _ = n.Get(t.Context(), key)
				}
			}
		})
	}
	for _, fault := range faults {
		fault()
		for _, n := range all {
			n.awaitCopy(t) // so that it has something to lose
		}
	}
	stop()
	for _, n := range all {
		for _, key := range keys {
			var got, want []byte
			await(t, n.name+" has what Redis has for "+key, func() bool {
				stored, failed := other.Get(t.Context(), key).Bytes()
				value, err := n.Get(t.Context(), key)
				got, want = value, stored
				switch {
				case failed == redis.Nil:
					return err == ctxcache.ErrMiss
				case redis.HasErrorPrefix(failed, "WRONGTYPE"): // a load has left its marker
					return err == ctxcache.ErrMiss
				}
				return failed == nil && err == nil && string(got) == string(want)
			})
		}
	}
}

// awaitCopy waits until near has a copy of the clock. Others may read at the same time.
func (n *node) awaitCopy(t testing.TB) {
	t.Helper()
	await(t, n.name+" follows", func() bool {
		before := n.farReads()
		if _, err := n.Get(t.Context(), n.clock()); err == nil {
			return n.farReads() == before
		}
		_ = n.Set(t.Context(), n.clock(), nil, hour) // it was lost with its master; this may fail, too
		return false
	})
}
