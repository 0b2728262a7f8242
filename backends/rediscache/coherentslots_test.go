package rediscache_test

import (
	"strconv"
	"testing"

	"github.com/ctxcache/cached/internal/redistest"
)

// While a slot moves under writes, near follows each of them, wherever it is made. If all masters were watched before,
// near does not even lose its other copies.
func TestCoherentWhileASlotMoves(t *testing.T) {
	for name, c := range map[string]struct {
		target func(t *testing.T, cluster *redistest.Cluster, start func() *node) (*node, *redistest.Server)
		gap    bool
	}{
		"to a master with slots": {func(t *testing.T, cluster *redistest.Cluster, start func() *node) (*node, *redistest.Server) {
			for _, other := range cluster.Nodes {
				if other != cluster.Owner(t, oneSlotPrefix) {
					return start(), other
				}
			}
			t.Fatal("there is no other master")
			return nil, nil
		}, false},
		"to a master without slots": {func(t *testing.T, cluster *redistest.Cluster, start func() *node) (*node, *redistest.Server) {
			added := cluster.AddMaster(t)
			return start(), added
		}, false},
		"to a master that joins": {func(t *testing.T, cluster *redistest.Cluster, start func() *node) (*node, *redistest.Server) {
			n := start()
			return n, cluster.AddMaster(t)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := redistest.StartCluster(t, 3)
			client := cluster.Client(t)
			n, target := c.target(t, cluster, func() *node { return newNode(t, briefCluster(t, cluster), failing(), bare) })
			if c.gap {
				wantEnded(t, <-n.failed)
				n.awaitFollowing(t)
				select { // it may have failed more than once, while not all nodes knew the new one
				case err := <-n.failed:
					t.Log(err)
				default:
				}
			}
			written, keys := 0, 0
			// Each call also writes a key that does not exist yet. While the slot moves, that is sent to its new owner.
			write := func(when string) {
				t.Helper()
				keys++
				for range 3 {
					for i := range keys {
						key := "key" + strconv.Itoa(i)
						written++
						value := strconv.Itoa(written)
						must(t, client.Set(t.Context(), oneSlotPrefix+key, value, hour).Err())
						await(t, "near has followed a write "+when, func() bool {
							got, err := n.Get(t.Context(), key)
							return err == nil && string(got) == value
						})
						await(t, "near has a copy "+when, func() bool { return n.hits(t, key) })
					}
				}
			}
			write("before the move")
			move := cluster.BeginMove(t, oneSlotPrefix, target)
			write("after the move has begun")
			move.Keys()
			write("after the keys have moved")
			move.End()
			write("after the move")
			select {
			case err := <-n.failed:
				t.Errorf("near has stopped to follow: %v", err)
			default:
			}
		})
	}
}

// A key that moves is reported by the master that it leaves, and by the one where it arrives.
func TestWatchReportsAKeyThatMoves(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	client := cluster.Client(t)
	f := follow(t, newCache(t, cluster.Client(t), failing()))
	must(t, client.Set(t.Context(), oneSlotPrefix+"key", "value", 0).Err())
	if e := f.next(); e.Key != oneSlotPrefix+"key" {
		t.Errorf("%+v", e)
	}
	from := cluster.Owner(t, oneSlotPrefix)
	for _, to := range cluster.Nodes {
		if to != from {
			cluster.MoveSlot(t, oneSlotPrefix, to)
			for range 2 {
				if e := f.next(); e.Key != oneSlotPrefix+"key" {
					t.Errorf("%+v", e)
				}
			}
		}
	}
}
