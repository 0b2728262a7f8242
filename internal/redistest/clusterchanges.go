package redistest

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"
)

// AddMaster adds a master without slots to Nodes. It waits until all masters know it. The master stops when the test
// ends.
func (c *Cluster) AddMaster(t testing.TB) *Server {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	added := c.startNode(t)
	client := added.Client(t)
	c.meet(ctx, t, client, c.Nodes)
	awaitCluster(ctx, t, client, len(c.Nodes))
	c.awaitKnown(ctx, t, nodeID(ctx, t, added), func(node clusterNode) bool { return node.flags == "master" })
	c.Nodes = append(c.Nodes, added)
	return added
}

// Failover makes Replicas[i] the master, and waits until all masters that answer know it. Nodes[i] and Replicas[i] change
// places. If Nodes[i] was stopped or paused, its writes that the replica does not have are lost.
func (c *Cluster) Failover(t testing.TB, i int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clusterTimeout)
	defer cancel()
	replica := c.Replicas[i].Client(t)
	id := nodeID(ctx, t, c.Replicas[i])
	args := []any{"CLUSTER", "FAILOVER"}
	if !answersSoon(ctx, c.Nodes[i]) {
		args = append(args, "TAKEOVER") // nobody is asked
	}
	must(t, replica.Do(ctx, args...).Err())
	AwaitMaster(t, replica)
	c.awaitKnown(ctx, t, id, func(node clusterNode) bool {
		return strings.Contains(node.flags, "master") && len(node.slots) > 0
	})
	c.Nodes[i], c.Replicas[i] = c.Replicas[i], c.Nodes[i]
}

// answersSoon reports whether a server that may be stopped or paused answers. A server that works is given a second.
func answersSoon(ctx context.Context, server *Server) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return answers(ctx, server.Addr)
}

// Move is a slot on its way from one master to another one.
type Move struct {
	t        testing.TB
	cluster  *Cluster
	slot     int
	from, to *Server
}

// BeginMove begins to move the slot of a key to a master. Until End, the slot's present owner serves the keys that it
// has, and sends clients to the other one for all other keys.
func (c *Cluster) BeginMove(t testing.TB, key string, to *Server) *Move {
	t.Helper()
	slot, err := to.Client(t).ClusterKeySlot(t.Context(), key).Result()
	must(t, err)
	m := &Move{t: t, cluster: c, slot: int(slot), from: c.Owner(t, key), to: to}
	m.setSlot(to, "IMPORTING", nodeID(t.Context(), t, m.from))
	m.setSlot(m.from, "MIGRATING", nodeID(t.Context(), t, to))
	return m
}

// Keys moves the keys of the slot.
func (m *Move) Keys() {
	m.t.Helper()
	client := m.from.Client(m.t)
	host, port, err := net.SplitHostPort(m.to.Addr)
	must(m.t, err)
	for {
		const some = 100
		keys, err := client.ClusterGetKeysInSlot(m.t.Context(), m.slot, some).Result()
		must(m.t, err)
		if len(keys) == 0 {
			return
		}
		args := []any{"MIGRATE", host, port, "", 0, Patience.Milliseconds(), "KEYS"}
		for _, key := range keys {
			args = append(args, key)
		}
		must(m.t, client.Do(m.t.Context(), args...).Err())
	}
}

// End makes the other master the owner of the slot. All keys must have been moved.
func (m *Move) End() {
	m.t.Helper()
	id := nodeID(m.t.Context(), m.t, m.to)
	m.setSlot(m.to, "NODE", id) // first, so that no time passes in which nobody has the slot
	for _, master := range m.cluster.Nodes {
		if master != m.to {
			m.setSlot(master, "NODE", id)
		}
	}
}

func (m *Move) setSlot(at *Server, state, id string) {
	m.t.Helper()
	must(m.t, at.Client(m.t).Do(m.t.Context(), "CLUSTER", "SETSLOT", m.slot, state, id).Err())
}

// MoveSlot moves the slot of a key, and the keys of the slot, to a master.
func (c *Cluster) MoveSlot(t testing.TB, key string, to *Server) {
	t.Helper()
	m := c.BeginMove(t, key, to)
	m.Keys()
	m.End()
}
