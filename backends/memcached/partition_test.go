package memcached_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
)

// Two keys have the same partition if the same server has them.
func TestPartitionIsTheServer(t *testing.T) {
	servers := new(memcache.ServerList)
	must(t, servers.SetServers("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3")) // nobody asks them
	cache := newCacheOver(t, servers, &memcached.Options{Prefix: "p:"})
	byServer, byPartition := make(map[net.Addr]int), make(map[int]net.Addr)
	for i := range 100 {
		key := fmt.Sprint("key", i)
		server, err := servers.PickServer("p:" + key)
		must(t, err)
		number := cache.Partition(key)
		if known, again := byServer[server]; again && known != number {
			t.Errorf("%q is in partition %d, but other keys of its server in %d", key, number, known)
		}
		if known, again := byPartition[number]; again && known != server {
			t.Errorf("%q shares a partition with keys of another server", key)
		}
		byServer[server], byPartition[number] = number, server
	}
	if len(byServer) != 3 {
		t.Errorf("%d servers have keys", len(byServer))
	}
	cache.Partition(strings.Repeat("k", 1000)) // a hashed key has one, too
}
