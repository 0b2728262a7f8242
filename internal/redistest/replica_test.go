package redistest_test

import (
	"testing"

	"github.com/ctxcache/cached/internal/redistest"
)

func TestReplicaHasWhatItsMasterHas(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	client := cluster.Client(t)
	master, err := client.MasterForKey(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range cluster.Nodes {
		if node.Addr != master.Options().Addr {
			continue
		}
		replica := cluster.AddReplica(t, node).Client(t)
		if err := client.Set(t.Context(), "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if n, err := master.Wait(t.Context(), 1, 0).Result(); n != 1 || err != nil {
			t.Fatalf("%d replicas, %v", n, err)
		}
		if err := replica.ReadOnly(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		if v, err := replica.Get(t.Context(), "k").Result(); v != "v" || err != nil {
			t.Errorf("the replica has %q, %v", v, err)
		}
	}
}
