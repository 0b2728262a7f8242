package faults_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// redisCluster is a cluster of three masters, each with a replica.
type redisCluster struct {
	*redistest.Cluster
	admins map[*redistest.Server]*redis.Client
	tag    string // a key of the first master
}

func startCluster(t *testing.T) servers {
	c := &redisCluster{Cluster: redistest.StartReplicatedCluster(t, 3), admins: make(map[*redistest.Server]*redis.Client)}
	for _, server := range c.servers() {
		c.admins[server] = server.Client(t)
	}
	for i := 0; c.tag == "" || c.Owner(t, c.tag) != c.Nodes[0]; i++ {
		c.tag = strconv.Itoa(i)
	}
	return c
}

func (c *redisCluster) servers() []*redistest.Server {
	return append(append([]*redistest.Server(nil), c.Nodes...), c.Replicas...)
}

// first is the client of a test at the first master.
func (c *redisCluster) first() *redis.Client { return c.admins[c.Nodes[0]] }

func (c *redisCluster) addrs() []string {
	var all []string
	for _, server := range c.servers() {
		all = append(all, server.Addr)
	}
	return all
}

func (c *redisCluster) masters(*testing.T) []*redis.Client {
	var all []*redis.Client
	for _, server := range c.Nodes {
		all = append(all, c.admins[server])
	}
	return all
}

func (c *redisCluster) open(_ *testing.T, through links) (bytesCache, func() error) {
	client := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: c.Addrs(), Dialer: through.dial, ClientName: nodeName, MaxRetries: 1, ContextTimeoutEnabled: true,
		ClusterStateReloadInterval: time.Second,
		DialTimeout:                clientTimeout, DialerRetries: 1, ReadTimeout: clientTimeout, WriteTimeout: clientTimeout,
	})
	return closing(rediscache.New(client, cacheOptions()), client)
}

func (c *redisCluster) connections(t *testing.T) int {
	total := 0
	for _, admin := range c.admins {
		total += nodeConnections(t, admin)
	}
	return total
}

// moveSlots moves the slots of some keys away from their masters and back, while they are used.
func (c *redisCluster) moveSlots(s *scene) {
	for i := range 8 {
		for _, key := range []string{prefix + directKey(i), prefix + functionKey(i)} {
			from := c.Owner(s.t, key)
			to := c.Nodes[0]
			if from == to {
				to = c.Nodes[1]
			}
			c.MoveSlot(s.t, key, to)
			if i%2 == 0 {
				c.MoveSlot(s.t, key, from)
			}
		}
	}
}
