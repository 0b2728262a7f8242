package latecopies_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/internal/latecopies"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// client does the same with either server.
type client interface {
	set(key, value string) error
	get(key string) (string, error) // "" if the key is absent
	batch(keys ...string) error     // sets "new" in one pipeline, or in one command after the other
}

// server is a server, a client that uses it through a proxy, and one that does not.
type server struct {
	proxy            *latecopies.Proxy
	through, direct  client
	setName, success string
	ping             string
	pipelines        bool
}

// each runs a test with each server. The client through the proxy waits for minutes, and sends nothing twice.
func each(t *testing.T, test func(t *testing.T, s *server)) {
	t.Run("Redis", func(t *testing.T) {
		there := redistest.Start(t)
		proxy := latecopies.Start(t, latecopies.Redis, there.Addr)
		options := there.Options()
		options.Addr, options.MaxRetries, options.DialerRetries = proxy.Addr, -1, 1
		test(t, &server{
			proxy: proxy, through: redisClient{t.Context(), newRedis(t, options)}, direct: redisClient{t.Context(), there.Client(t)},
			setName: "set", success: "+OK\r\n", ping: "*1\r\n$4\r\nPING\r\n", pipelines: true,
		})
	})
	t.Run("Memcached", func(t *testing.T) {
		there := memcachedtest.Start(t)
		proxy := latecopies.Start(t, latecopies.Memcached, there.Addr)
		test(t, &server{
			proxy: proxy, through: newMemcached(t, proxy.Addr), direct: newMemcached(t, there.Addr),
			setName: "set", success: "STORED\r\n", ping: "version\r\n",
		})
	})
}

type redisClient struct {
	ctx context.Context
	c   *redis.Client
}

func newRedis(t *testing.T, options *redis.Options) *redis.Client {
	c := redis.NewClient(options)
	t.Cleanup(func() { must(t, c.Close()) })
	return c
}

func (r redisClient) set(key, value string) error { return r.c.Set(r.ctx, key, value, 0).Err() }

func (r redisClient) get(key string) (string, error) {
	value, err := r.c.Get(r.ctx, key).Result()
	if err == redis.Nil {
		return "", nil
	}
	return value, err
}

func (r redisClient) batch(keys ...string) error {
	_, err := r.c.Pipelined(r.ctx, func(pipe redis.Pipeliner) error {
		for _, key := range keys {
			pipe.Set(r.ctx, key, "new", 0)
		}
		return nil
	})
	return err
}

type memcachedClient struct{ c *memcache.Client }

func newMemcached(t *testing.T, addr string) memcachedClient {
	c := memcache.New(addr)
	c.Timeout = memcachedtest.Patience
	t.Cleanup(func() { must(t, c.Close()) })
	return memcachedClient{c}
}

func (m memcachedClient) set(key, value string) error {
	return m.c.Set(&memcache.Item{Key: key, Value: []byte(value)})
}

func (m memcachedClient) get(key string) (string, error) {
	item, err := m.c.Get(key)
	if err == memcache.ErrCacheMiss {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return string(item.Value), nil
}

func (m memcachedClient) batch(keys ...string) error {
	for _, key := range keys {
		if err := m.set(key, "new"); err != nil {
			return err
		}
	}
	return nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wants fails the test unless the key has this value on the server.
func (s *server) wants(t *testing.T, key, value string) {
	t.Helper()
	if got, err := s.direct.get(key); err != nil || got != value {
		t.Fatalf("%s has the value %q, %v, want %q", key, got, err, value)
	}
}

func async(call func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- call() }()
	return done
}

// lost fails the test unless err means that the client lost its connection.
func lost(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, io.EOF) {
		t.Errorf("the client got %v, want a connection that ended", err)
	}
}
