package rediscache_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// If the nodes of a cluster are known by names, Watch uses their names, too: their certificates may have nothing else.
// The client does not know a master without slots, but Watch hears it.
func TestWatchFindsMastersByTheirNames(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	added := cluster.AddMaster(t)
	for _, node := range cluster.Nodes {
		client := node.Client(t)
		must(t, client.ConfigSet(t.Context(), "cluster-announce-hostname", "localhost").Err())
		must(t, client.ConfigSet(t.Context(), "cluster-preferred-endpoint-type", "hostname").Err())
	}
	for _, node := range cluster.Nodes {
		client := node.Client(t)
		await(t, "every node knows the names", func() bool {
			text, err := client.ClusterNodes(t.Context()).Result()
			must(t, err)
			return strings.Count(text, ",localhost") == len(cluster.Nodes)
		})
	}
	var mu sync.Mutex
	hosts := make(map[string]bool)
	_, port, err := net.SplitHostPort(cluster.Nodes[0].Addr)
	must(t, err)
	options := cluster.Options()
	options.Addrs = []string{net.JoinHostPort("localhost", port)}
	options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		hosts[host] = true
		mu.Unlock()
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}
	client := redis.NewClusterClient(options)
	t.Cleanup(func() { must(t, client.Close()) })
	follow(t, newCache(t, client, &rediscache.Options{Prefix: "p:"}))
	for _, node := range cluster.Nodes {
		if n := len(watchers(t, node.Client(t))); n != 1 {
			t.Errorf("there are %d connections to %s", n, node.Addr)
		}
	}
	if len(watchers(t, added.Client(t))) != 1 || len(hosts) != 1 || !hosts["localhost"] {
		t.Errorf("Watch has dialled %v", hosts)
	}
}
