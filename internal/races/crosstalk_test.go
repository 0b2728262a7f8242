package races_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// paused is a server that can be paused in the middle of its work.
type paused interface {
	Pause()
	Resume()
}

// connected are clients that each use one connection, to a server of their own.
var connected = map[string]func(t *testing.T) (paused, map[string]getter){
	"Redis": func(t *testing.T) (paused, map[string]getter) {
		server := redistest.Start(t)
		options := server.Options()
		options.PoolSize, options.MaxRetries = 1, -1
		client := redis.NewClient(options)
		t.Cleanup(func() { client.Close() })
		c := closed(t, rediscache.New(client, &rediscache.Options{
			WholeDatabase: true, ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
		}))
		return server, map[string]getter{"ours": storing(t, c), "naive": newNaiveClient(t, server.Addr)}
	},
	"Memcached": func(t *testing.T) (paused, map[string]getter) {
		server := memcachedtest.Start(t)
		c, err := memcached.Open(server.Addr, &memcached.Options{
			MaxIdleConns: 1, WholeServers: true, Timeout: memcachedtest.Patience,
			ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience,
		})
		if err != nil {
			t.Fatal(err)
		}
		return server, map[string]getter{"ours": storing(t, closed(t, c)), "naive": newNaiveClient(t, server.Addr)}
	},
}

// getter returns the value of a key.
type getter func(ctx context.Context, key string) (string, error)

// storing stores another value under each key.
func storing(t *testing.T, c bytesCache) getter {
	for _, key := range []string{"x", "y"} {
		if err := c.Set(t.Context(), key, []byte("of "+key), ctxcache.NoExpiry); err != nil {
			t.Fatal(err)
		}
	}
	return func(ctx context.Context, key string) (string, error) {
		value, err := c.Get(ctx, key)
		return string(value), err
	}
}

// TestRace22_CancelledCommand: a caller asks for x, and leaves while the server is busy. The next caller asks for y,
// and the server answers both. Package crosstalk does it 100,000 times.
func TestRace22_CancelledCommand(t *testing.T) {
	for name, connect := range connected {
		t.Run(name, func(t *testing.T) {
			server, clients := connect(t)
			for name, get := range clients {
				server.Pause()
				asking, leave := context.WithCancel(t.Context())
				first := async(func() (string, error) { return get(asking, "x") })
				time.AfterFunc(20*time.Millisecond, leave) // probably while the command is in progress; any moment will do
				if r := <-first; !errors.Is(r.err, context.Canceled) {
					t.Fatalf("%s: the caller that left got %v", name, r)
				}
				second := async(func() (string, error) { return get(t.Context(), "y") })
				server.Resume()
				r := <-second
				if r.err != nil {
					t.Fatalf("%s: %v", name, r.err)
				}
				if wrong := r.value != "of y"; wrong != (name == "naive") {
					t.Errorf("%s: the caller that asked for y got %q", name, r.value)
				}
			}
		})
	}
}

// newNaiveClient returns a client with a mistake. It uses its one connection again even if the last answer was not
// read. It speaks just enough of both protocols.
func newNaiveClient(t *testing.T, addr string) getter {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	var mu sync.Mutex
	answers := bufio.NewScanner(conn)
	values := make(chan string)
	go func() {
		defer close(values)
		for answers.Scan() {
			if strings.HasPrefix(answers.Text(), "of ") {
				select {
				case values <- answers.Text():
				case <-t.Context().Done():
					return
				}
			}
		}
	}()
	return func(ctx context.Context, key string) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := fmt.Fprintf(conn, "get %s\r\n", key); err != nil {
			return "", err
		}
		select {
		case value := <-values:
			return value, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}
