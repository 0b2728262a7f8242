package redistest

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Cluster is a Redis cluster of masters. It has no replicas unless AddReplica adds them, or StartReplicatedCluster does.
type Cluster struct {
	Nodes    []*Server // the masters, each with an equal part of the slots at the beginning
	Replicas []*Server // of StartReplicatedCluster

	buses map[*Server]string // the ports of the cluster bus, on which the nodes talk to each other
}

const (
	slotCount      = 16384
	clusterTimeout = 60 * time.Second
)

// StartCluster starts a cluster of n masters and waits until all of them serve. They stop when the test ends.
func StartCluster(t testing.TB, n int) *Cluster {
	t.Helper()
	c := &Cluster{buses: make(map[*Server]string)}
	for range n {
		c.Nodes = append(c.Nodes, c.startNode(t))
	}
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	for i, node := range c.Nodes {
		client := node.Client(t)
		must(t, client.ClusterAddSlotsRange(ctx, slotCount*i/n, slotCount*(i+1)/n-1).Err())
		must(t, client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err())
		c.meet(ctx, t, client, c.Nodes[:i])
	}
	for _, node := range c.Nodes {
		awaitCluster(ctx, t, node.Client(t), n)
	}
	return c
}

// startNode starts a node that knows no other one.
func (c *Cluster) startNode(t testing.TB) *Server {
	t.Helper()
	bus := freePort(t)
	node := Start(t, append([]string{
		"--cluster-enabled", "yes", "--cluster-port", bus,
		"--cluster-require-full-coverage", "no", // so that a test can lose one of them
		"--cluster-allow-replica-migration", "no", // or a master without slots becomes a replica
	}, prompt...)...)
	c.buses[node] = bus
	return node
}

// awaitCluster waits until a node knows all masters and their slots.
func awaitCluster(ctx context.Context, t testing.TB, client *redis.Client, n int) {
	t.Helper()
	again(ctx, t, "the cluster is ready", func() bool {
		info, err := client.ClusterInfo(ctx).Result()
		must(t, err)
		return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_size:"+strconv.Itoa(n)+"\r\n") &&
			strings.Contains(info, "cluster_slots_ok:"+strconv.Itoa(slotCount)+"\r\n")
	})
}

// meet introduces a node to each of the others, because news of a node spreads slowly from one node to the next.
func (c *Cluster) meet(ctx context.Context, t testing.TB, client *redis.Client, others []*Server) {
	t.Helper()
	for _, node := range others {
		host, port, err := net.SplitHostPort(node.Addr)
		must(t, err)
		must(t, client.Do(ctx, "CLUSTER", "MEET", host, port, c.buses[node]).Err())
	}
}

// Addrs returns the addresses of the masters.
func (c *Cluster) Addrs() []string { return addrs(c.Nodes) }

func addrs(servers []*Server) []string {
	addrs := make([]string, len(servers))
	for i, server := range servers {
		addrs[i] = server.Addr
	}
	return addrs
}

// Options returns the options of a client that waits [Patience] for a node.
func (c *Cluster) Options() *redis.ClusterOptions {
	return &redis.ClusterOptions{
		Addrs: c.Addrs(), DialTimeout: Patience, ReadTimeout: Patience, WriteTimeout: Patience, PoolTimeout: Patience,
		// Otherwise the client starts goroutines for a node whenever it hears of one.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// Client returns a client with these Options. It is closed when the test ends.
func (c *Cluster) Client(t testing.TB) *redis.ClusterClient {
	client := redis.NewClusterClient(c.Options())
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// freePort returns a port that was free a moment ago. It is below those that connections of clients get, so none of them
// takes it before the server does.
func freePort(t testing.TB) string {
	t.Helper()
	const lowest, ports = 20_000, 12_000
	for {
		port := strconv.Itoa(lowest + rand.IntN(ports))
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		must(t, err)
		must(t, listener.Close())
		return port
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
