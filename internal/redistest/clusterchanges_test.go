package redistest_test

import (
	"testing"

	"github.com/ctxcache/cached/internal/redistest"
)

func TestClusterChanges(t *testing.T) {
	c := redistest.StartReplicatedCluster(t, 3)
	client := c.Client(t)
	keys := []string{"{k}1", "{k}2", "{k}3"}
	for _, key := range keys {
		must(t, client.Set(t.Context(), key, "v", 0).Err())
	}
	wants := func(want *redistest.Server, when string) {
		t.Helper()
		if got := c.Owner(t, "{k}"); got != want {
			t.Errorf("%s: the owner is at %s, not at %s", when, got.Addr, want.Addr)
		}
		for _, key := range keys {
			if got, err := want.Client(t).Get(t.Context(), key).Result(); got != "v" || err != nil {
				t.Errorf("%s: the owner has %q, %v", when, got, err)
			}
		}
	}
	added := c.AddMaster(t)
	c.MoveSlot(t, "{k}", added)
	wants(added, "moved to a new master")
	c.MoveSlot(t, "{k}", c.Nodes[0])
	wants(c.Nodes[0], "moved back")
	if n, err := c.Nodes[0].Client(t).Wait(t.Context(), 1, 0).Result(); n != 1 || err != nil {
		t.Fatalf("%d replicas, %v", n, err)
	}

	replica := c.Replicas[0]
	c.Failover(t, 0)
	wants(replica, "failed over")
	redistest.AwaitReplication(t, c.Replicas[0].Client(t))
	replica, dead := c.Replicas[0], c.Nodes[0]
	dead.Stop()
	c.Failover(t, 0)
	wants(replica, "the master is dead")
	dead.Restart()
	redistest.AwaitReplication(t, dead.Client(t))
	replica = c.Replicas[0]
	c.Nodes[0].Pause()
	c.Failover(t, 0)
	wants(replica, "the master hangs")
	c.Replicas[0].Resume()
	redistest.AwaitReplication(t, c.Replicas[0].Client(t))
}
