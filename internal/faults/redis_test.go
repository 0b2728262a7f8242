package faults_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// The limits of the nodes' caches and clients. A row would take long with the defaults.
const (
	prefix        = "faults:"
	nodeName      = "node" // of the nodes' connections
	watchTimeout  = 300 * time.Millisecond
	clientTimeout = 500 * time.Millisecond
)

func cacheOptions() *rediscache.Options {
	return &rediscache.Options{Prefix: prefix, WriteTimeout: 300 * time.Millisecond, WatchTimeout: watchTimeout}
}

// oneRedis is one Redis server.
type oneRedis struct {
	server  *redistest.Server
	admin   *redis.Client
	channel string // of the caches; none if it is empty
	opened  int
}

func startRedis(t *testing.T) servers {
	server := redistest.Start(t)
	return &oneRedis{server: server, admin: server.Client(t)}
}

// startChannelRedis starts a Redis for caches that publish their changes on a channel, and follow it.
func startChannelRedis(t *testing.T) servers {
	r := startRedis(t).(*oneRedis)
	r.channel = "changes"
	return r
}

func (r *oneRedis) addrs() []string                    { return []string{r.server.Addr} }
func (r *oneRedis) masters(*testing.T) []*redis.Client { return []*redis.Client{r.admin} }
func (r *oneRedis) connections(t *testing.T) int       { return nodeConnections(t, r.admin) }

// open opens every other cache by Open, which has connections of its own, and the others over a client.
func (r *oneRedis) open(t *testing.T, through links) (bytesCache, func() error) {
	addr := through.addr(r.server.Addr)
	options := cacheOptions()
	options.Channel = r.channel
	if r.opened++; r.opened%2 == 0 {
		c, err := rediscache.Open("redis://"+addr+"?client_name="+nodeName+"&read_timeout=500ms&write_timeout=500ms", options)
		must(t, err)
		return c, c.Close
	}
	client := redis.NewClient(&redis.Options{
		Addr: addr, ClientName: nodeName, MaxRetries: 1, PipelinePoolSize: -1, ContextTimeoutEnabled: true,
		DialTimeout: clientTimeout, DialerRetries: 1, ReadTimeout: clientTimeout, WriteTimeout: clientTimeout,
	})
	return closing(rediscache.New(client, options), client)
}

// closing returns a cache, and what closes it and its client.
func closing(c *rediscache.Cache, client redis.UniversalClient) (bytesCache, func() error) {
	return c, func() error { return errors.Join(c.Close(), client.Close()) }
}

// nodeConnections returns how many connections of nodes a Redis has.
func nodeConnections(t *testing.T, admin *redis.Client) int {
	list, err := admin.ClientList(t.Context()).Result()
	must(t, err)
	return strings.Count(list, " name="+nodeName+" ")
}
