package remotetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// Memcached is memcached with backends/memcached.
var Memcached = Kind{
	Name:       "memcached",
	LeaseTTL:   5 * time.Second, // its clock ticks in seconds
	Tick:       time.Second,     // on a busy machine the clock's tick comes late
	Start:      func(t *testing.T) Server { return newMemcached(t, memcachedtest.Start(t)) },
	Shared:     func(t *testing.T) Server { return newMemcached(t, memcachedtest.Shared(t)) },
	Dial:       dialMemcached,
	Operations: operations(),
}

func dialMemcached(addr string, options Options) (Cache, error) {
	return memcached.Open(addr, &memcached.Options{
		Prefix: options.Prefix, LeaseTTL: options.LeaseTTL, MaxCalls: options.MaxCalls, Timeout: patience,
		ReadTimeout: ctxcache.NoExpiry, WriteTimeout: ctxcache.NoExpiry,
	})
}

// memcachedServer is a server and a client that belongs to no cache.
type memcachedServer struct {
	*memcachedtest.Server
	client *memcache.Client
}

func newMemcached(t *testing.T, server *memcachedtest.Server) *memcachedServer {
	client := memcache.New(server.Addr)
	client.Timeout = patience
	t.Cleanup(func() { Must(t, client.Close()) })
	return &memcachedServer{server, client}
}

func (s *memcachedServer) Address() string { return s.Addr }

func (s *memcachedServer) Cache(t *testing.T, options Options) Cache {
	t.Helper()
	c, err := dialMemcached(s.Addr, options)
	Must(t, err)
	return closed(t, c)
}

// Marker returns the CAS ID of a marker.
func (s *memcachedServer) Marker(t *testing.T, stored string) string {
	t.Helper()
	const flags = 0xCAC4ED01 // of markers, see the comment of package memcached
	item, err := s.client.Get(stored)
	if err == memcache.ErrCacheMiss || err == nil && item.Flags != flags {
		return ""
	}
	Must(t, err)
	return strconv.FormatUint(item.CasID, 10)
}

// Pass waits for up to a second longer.
func (s *memcachedServer) Pass(t *testing.T, d time.Duration) {
	t.Helper()
	key := NextPrefix() + "clock"
	Must(t, s.client.Set(&memcache.Item{Key: key, Expiration: int32(d/time.Second) + 1}))
	Await(t, "the time was over", func() bool {
		_, err := s.client.Get(key)
		return err == memcache.ErrCacheMiss
	})
}
