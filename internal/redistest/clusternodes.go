package redistest

import (
	"context"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// clusterNode is a line of CLUSTER NODES: a node as another one knows it.
type clusterNode struct {
	id    string
	addr  string
	flags string
	slots []string
}

// nodes returns what a node knows about all nodes.
func nodes(ctx context.Context, t testing.TB, client *redis.Client) []clusterNode {
	t.Helper()
	text, err := client.ClusterNodes(ctx).Result()
	must(t, err)
	var all []clusterNode
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		const slots = 8 // id, address, flags, master, ping, pong, epoch, link
		addr, _, _ := strings.Cut(fields[1], "@")
		all = append(all, clusterNode{fields[0], addr, fields[2], fields[slots:]})
	}
	return all
}

// nodeID returns the name that a node has in its cluster.
func nodeID(ctx context.Context, t testing.TB, node *Server) string {
	t.Helper()
	id, err := node.Client(t).Do(ctx, "CLUSTER", "MYID").Text()
	must(t, err)
	return id
}

// awaitKnown waits until each of the masters that answer knows something about a node.
func (c *Cluster) awaitKnown(ctx context.Context, t testing.TB, id string, known func(clusterNode) bool) {
	t.Helper()
	for _, master := range c.Nodes {
		if !answersSoon(ctx, master) {
			continue
		}
		client := master.Client(t)
		again(ctx, t, "every master knows the node", func() bool {
			for _, node := range nodes(ctx, t, client) {
				if node.id == id && known(node) {
					return true
				}
			}
			return false
		})
	}
}

// Owner returns the master that takes itself for the owner of a key's slot. There must be one.
func (c *Cluster) Owner(t testing.TB, key string) *Server {
	t.Helper()
	for _, master := range c.Nodes {
		if !answersSoon(t.Context(), master) {
			continue
		}
		// A node redirects commands about the slots of others.
		if err := master.Client(t).Exists(t.Context(), key).Err(); err == nil {
			return master
		}
	}
	t.Fatal("no master has the key's slot")
	return nil
}
