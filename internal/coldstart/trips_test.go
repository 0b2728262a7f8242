package coldstart_test

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// trips counts the round trips of a client to its server. A client writes all commands of a pipeline before it reads a
// reply. So a round trip ends when the connection is read after it was written to.
type trips struct{ atomic.Int64 }

// open returns a cache in a Redis of its own, whose round trips count.
func (n *trips) open(t *testing.T) *rediscache.Cache {
	t.Helper()
	options := redistest.Start(t).Options()
	options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		return &counted{Conn: conn, trips: n}, err
	}
	client := redis.NewClient(options)
	cache := rediscache.New(client, &rediscache.Options{
		WholeDatabase: true, LeaseTTL: redistest.Patience,
		ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience, // a busy machine must not cause more loads
	})
	t.Cleanup(func() {
		must(t, cache.Close())
		must(t, client.Close())
	})
	return cache
}

// counted is a connection to the server.
type counted struct {
	net.Conn
	trips *trips
	wrote atomic.Bool // something that counts, since the last read
}

func (c *counted) Write(p []byte) (int, error) {
	if !greets(string(p)) {
		c.wrote.Store(true)
	}
	return c.Conn.Write(p)
}

func (c *counted) Read(p []byte) (int, error) {
	if c.wrote.CompareAndSwap(true, false) {
		c.trips.Add(1)
	}
	return c.Conn.Read(p)
}

// greets reports whether commands are those with which go-redis begins a connection. How many connections there are does
// not depend on the cache.
func greets(commands string) bool {
	_, first, _ := strings.Cut(strings.ToLower(commands), "\r\n") // without the number of words
	_, first, _ = strings.Cut(first, "\r\n")                      // without the length of the first one
	return strings.HasPrefix(first, "hello\r\n") || strings.HasPrefix(first, "client\r\n")
}
