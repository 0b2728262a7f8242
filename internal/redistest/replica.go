package redistest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// AddReplica starts a replica of a master. It waits until the replica follows the master and all masters know it. The
// replica stops when the test ends.
func (c *Cluster) AddReplica(t testing.TB, master *Server) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	first := master.Client(t)
	must(t, first.ConfigSet(ctx, "repl-diskless-sync-delay", "0").Err()) // by default the master waits 5 s for more replicas
	id, err := first.Do(ctx, "CLUSTER", "MYID").Text()
	must(t, err)

	replica := Start(t, "--cluster-enabled", "yes", "--cluster-port", freePort(t))
	client := replica.Client(t)
	c.meet(ctx, t, client, len(c.Nodes))
	awaitCluster(ctx, t, client, len(c.Nodes))
	must(t, client.ClusterReplicate(ctx, id).Err())
	AwaitReplication(t, client)
	for _, node := range c.Nodes { // a node votes only for a replica that it knows
		client := node.Client(t)
		again(ctx, t, "every master knows the replica", func() bool {
			replicas, err := client.Do(ctx, "CLUSTER", "REPLICAS", id).StringSlice()
			must(t, err)
			return len(replicas) == 1
		})
	}
	return replica
}

// AwaitReplication waits until the server of client is a replica that follows its master.
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

// again calls done until it returns true. It polls, because a server does not announce such changes.
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
