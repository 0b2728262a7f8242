package remotetest

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

const patience = redistest.Patience

// Redis is redis-server with backends/rediscache.
var Redis = Kind{
	Name:     "redis",
	LeaseTTL: leaseTTL,
	Start:    func(t *testing.T) Server { return newRedis(t, redistest.Start(t)) },
	Shared:   func(t *testing.T) Server { return newRedis(t, redistest.Shared(t)) },
	Dial: func(addr string, options Options) (Cache, error) {
		return rediscache.Open("redis://"+addr+"?read_timeout="+patience.String(), options.redis())
	},
	Operations: append(operations(),
		Operation{"Contains", ctxcache.OpContains, false, func(ctx context.Context, c Cache) error {
			return Second(c.(*rediscache.Cache).Contains(ctx, "held"))
		}},
		Operation{"Len", ctxcache.OpLen, false, func(ctx context.Context, c Cache) error {
			return Second(c.(*rediscache.Cache).Len(ctx, ctxcache.Scope[string]{}))
		}},
		Operation{"Clear", ctxcache.OpClear, false, func(ctx context.Context, c Cache) error {
			return c.(*rediscache.Cache).Clear(ctx, ctxcache.Scope[string]{Prefix: "gone"})
		}},
		Operation{"Keys", ctxcache.OpKeys, false, func(ctx context.Context, c Cache) error {
			for _, err := range c.(*rediscache.Cache).Keys(ctx, ctxcache.Scope[string]{}) {
				if err != nil {
					return err
				}
			}
			return nil
		}},
	),
}

// redisServer is a server and the client of all caches in it.
type redisServer struct {
	*redistest.Server
	t      *testing.T
	client *redis.Client
}

func newRedis(t *testing.T, server *redistest.Server) *redisServer {
	return &redisServer{server, t, server.FailFast(t)}
}

func (o Options) redis() *rediscache.Options {
	return &rediscache.Options{
		Prefix: o.Prefix, LeaseTTL: o.LeaseTTL, MaxCalls: o.MaxCalls,
		ReadTimeout: ctxcache.NoExpiry, WriteTimeout: ctxcache.NoExpiry,
	}
}

func (s *redisServer) Address() string { return s.Addr }

func (s *redisServer) Restart() {
	s.t.Helper()
	s.Server.Restart()
	Await(s.t, "the client noticed", func() bool { return s.client.Ping(s.t.Context()).Err() == nil })
}

func (s *redisServer) Cache(t *testing.T, options Options) Cache {
	return closed(t, rediscache.New(s.client, options.redis()))
}

// Marker returns the deadline of a marker.
func (s *redisServer) Marker(t *testing.T, stored string) string {
	t.Helper()
	deadline, err := s.client.HGet(t.Context(), stored, "\x00D").Result()
	if err == redis.Nil || redis.HasErrorPrefix(err, "WRONGTYPE") {
		return ""
	}
	Must(t, err)
	return deadline
}

// Deadline is exact: the marker has it in milliseconds.
func (s *redisServer) Deadline(t *testing.T, stored string) time.Time {
	t.Helper()
	ms, err := strconv.ParseInt(s.Marker(t, stored), 10, 64)
	Must(t, err)
	return time.UnixMilli(ms)
}

// Now is the time that leases go by.
func (s *redisServer) Now(t *testing.T) time.Time {
	t.Helper()
	now, err := s.client.Time(t.Context()).Result()
	Must(t, err)
	return now
}

func (s *redisServer) Pass(t *testing.T, d time.Duration) {
	t.Helper()
	key := NextPrefix() + "clock"
	Must(t, s.client.Set(t.Context(), key, "", d).Err())
	Await(t, "the time was over", func() bool {
		n, err := s.client.Exists(t.Context(), key).Result()
		Must(t, err)
		return n == 0
	})
}
