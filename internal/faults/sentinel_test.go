package faults_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// redisSentinels are a master and two replicas, with three sentinels.
type redisSentinels struct {
	*redistest.Sentinels
	admins map[*redistest.Server]*redis.Client
	old    *redistest.Server // the master at the beginning
}

func startSentinels(t *testing.T) servers {
	r := &redisSentinels{Sentinels: redistest.StartSentinels(t, 2, 3), admins: make(map[*redistest.Server]*redis.Client)}
	for _, server := range r.Servers {
		r.admins[server] = server.Client(t)
	}
	r.old = r.Servers[0]
	return r
}

func (r *redisSentinels) addrs() []string {
	var all []string
	for _, server := range append(append([]*redistest.Server(nil), r.Servers...), r.Sentinels.Sentinels...) {
		all = append(all, server.Addr)
	}
	return all
}

func (r *redisSentinels) masters(t *testing.T) []*redis.Client {
	return []*redis.Client{r.admins[r.Master(t)]}
}

func (r *redisSentinels) open(_ *testing.T, through links) (bytesCache, func() error) {
	client := redis.NewFailoverClient(&redis.FailoverOptions{
		MasterName: redistest.MasterName, SentinelAddrs: r.Addrs(), Dialer: through.dial, ClientName: nodeName,
		MaxRetries: 1, ContextTimeoutEnabled: true,
		DialTimeout: clientTimeout, DialerRetries: 1, ReadTimeout: clientTimeout, WriteTimeout: clientTimeout,
	})
	return closing(rediscache.New(client, cacheOptions()), client)
}

func (r *redisSentinels) connections(t *testing.T) int {
	total := 0
	for _, admin := range r.admins {
		total += nodeConnections(t, admin)
	}
	return total
}
