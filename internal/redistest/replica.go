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
	replica := c.startNode(t)
	c.meet(ctx, t, replica.Client(t), c.Nodes)
	c.replicate(ctx, t, []*Server{replica}, []*Server{master})
	return replica
}

// StartReplicatedCluster is StartCluster with one replica for each master: Replicas[i] follows Nodes[i].
func StartReplicatedCluster(t testing.TB, n int) *Cluster {
	t.Helper()
	c := StartCluster(t, n)
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	for range n {
		replica := c.startNode(t)
		c.meet(ctx, t, replica.Client(t), append(c.Nodes, c.Replicas...))
		c.Replicas = append(c.Replicas, replica)
	}
	c.replicate(ctx, t, c.Replicas, c.Nodes)
	for _, node := range append(c.Replicas, c.Nodes...) {
		must(t, node.Client(t).ConfigSet(ctx, "cluster-node-timeout", nodeTimeout).Err())
	}
	return c
}

// nodeTimeout is how long a node of a cluster with replicas may be silent before the others fail over, in ms. It is
// longer than a busy machine takes.
const nodeTimeout = "5000"

// replicate makes each of the replicas follow one of the masters. Each step takes a second of gossip, so all replicas
// take it together.
func (c *Cluster) replicate(ctx context.Context, t testing.TB, replicas, masters []*Server) {
	t.Helper()
	ids := make([]string, len(masters))
	for i, replica := range replicas {
		client := replica.Client(t)
		awaitCluster(ctx, t, client, len(c.Nodes))
		ids[i] = nodeID(ctx, t, masters[i])
		must(t, client.ClusterReplicate(ctx, ids[i]).Err())
	}
	for i, replica := range replicas {
		AwaitReplication(t, replica.Client(t))
		for _, node := range c.Nodes { // a node votes only for a replica that it knows
			client := node.Client(t)
			again(ctx, t, "every master knows the replica", func() bool {
				replicas, err := client.Do(ctx, "CLUSTER", "REPLICAS", ids[i]).StringSlice()
				must(t, err)
				return len(replicas) == 1
			})
		}
	}
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
