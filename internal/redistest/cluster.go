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
)

// Cluster is a Redis cluster of masters. It has no replicas unless AddReplica adds them.
type Cluster struct {
	Nodes []*Server // the masters, each with an equal part of the slots

	buses []string // the ports of the cluster bus, on which the nodes talk to each other
}

const (
	slotCount      = 16384
	clusterTimeout = 60 * time.Second
)

// StartCluster starts a cluster of n masters and waits until all of them serve. They stop when the test ends.
func StartCluster(t testing.TB, n int) *Cluster {
	t.Helper()
	c := &Cluster{}
	for range n {
		bus := freePort(t)
		c.Nodes = append(c.Nodes, Start(t, "--cluster-enabled", "yes", "--cluster-port", bus,
			"--cluster-require-full-coverage", "no")) // so that a test can lose one of them
		c.buses = append(c.buses, bus)
	}
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	for i, node := range c.Nodes {
		client := node.Client(t)
		must(t, client.ClusterAddSlotsRange(ctx, slotCount*i/n, slotCount*(i+1)/n-1).Err())
		must(t, client.Do(ctx, "CLUSTER", "SET-CONFIG-EPOCH", i+1).Err())
		c.meet(ctx, t, client, i)
	}
	for _, node := range c.Nodes {
		awaitCluster(ctx, t, node.Client(t), n)
	}
	return c
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

// meet introduces a node to each of the first n masters, because news of a node spreads slowly from one master to the
// next.
func (c *Cluster) meet(ctx context.Context, t testing.TB, client *redis.Client, n int) {
	t.Helper()
	for i, node := range c.Nodes[:n] {
		host, port, err := net.SplitHostPort(node.Addr)
		must(t, err)
		must(t, client.Do(ctx, "CLUSTER", "MEET", host, port, c.buses[i]).Err())
	}
}

// Addrs returns the addresses of the masters.
func (c *Cluster) Addrs() []string {
	addrs := make([]string, len(c.Nodes))
	for i, node := range c.Nodes {
		addrs[i] = node.Addr
	}
	return addrs
}

// Client returns a client of the cluster. It is closed when the test ends.
func (c *Cluster) Client(t testing.TB) *redis.ClusterClient {
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: c.Addrs(), DialTimeout: Patience, ReadTimeout: Patience, WriteTimeout: Patience, PoolTimeout: Patience,
	})
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
