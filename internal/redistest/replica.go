package redistest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// AddReplica starts a replica of a master, and waits until it follows it. It stops when the test ends.
func (c *Cluster) AddReplica(t testing.TB, master *Server) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	first := master.Client(t)
	must(t, first.ConfigSet(ctx, "repl-diskless-sync-delay", "0").Err()) // or it waits 5 s for more replicas
	id, err := first.Do(ctx, "CLUSTER", "MYID").Text()
	must(t, err)

	replica := Start(t, "--cluster-enabled", "yes", "--cluster-port", freePort(t))
	client := replica.Client(t)
	c.meet(ctx, t, client, len(c.Nodes))
	awaitCluster(ctx, t, client, len(c.Nodes))
	must(t, client.ClusterReplicate(ctx, id).Err())
	AwaitReplication(t, client)
	for _, node := range c.Nodes { // a node that does not know the replica would not vote for it
		client := node.Client(t)
		again(ctx, t, "every master knows the replica", func() bool {
			replicas, err := client.Do(ctx, "CLUSTER", "REPLICAS", id).StringSlice()
			must(t, err)
			return len(replicas) == 1
		})
	}
	return replica
}

// AwaitReplication waits until a server is a replica that follows its master.
func AwaitReplication(t testing.TB, client *redis.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	again(ctx, t, "the replica follows its master", func() bool {
		info, err := client.Info(ctx, "replication").Result()
		must(t, err)
		return strings.Contains(info, "master_link_status:up")
	})
}

// again asks again and again until done says so. There is nothing to wait on.
func again(ctx context.Context, t testing.TB, what string, done func() bool) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("waited for %v until %s", clusterTimeout, what)
		}
	}
}
