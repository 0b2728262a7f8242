package rediscache_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/redistest"
)

// Whatever the connection is, reads are direct, and callers leave at once without a cost.
func TestDirectReadsOverSocketsAndTLS(t *testing.T) {
	folder, err := os.MkdirTemp("", "redis") //nolint:usetesting // the folder of the test has too long a name for a socket
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(folder)) })
	socket := filepath.Join(folder, "s")
	server := redistest.Start(t, "--unixsocket", socket, "--requirepass", "secret")
	admin := redis.NewClient(&redis.Options{Addr: server.Addr, Password: "secret", ReadTimeout: redistest.Patience})
	t.Cleanup(func() { must(t, admin.Close()) })
	for name, url := range map[string]string{
		"tcp":                 "redis://:secret@" + server.Addr + "/3?client_name=tester&protocol=2",
		"with a user":         "redis://default:secret@" + server.Addr,
		"socket":              "unix://:secret@" + socket + "?db=4",
		"tls":                 "rediss://:secret@" + encrypted(t, server) + "?skip_verify=true",
		"without own timeout": "redis://:secret@" + server.Addr + "/5?read_timeout=-1&write_timeout=-1",
	} {
		t.Run(name, func(t *testing.T) {
			cache := open(t, url, admin, rediscache.Options{Prefix: nextPrefix()})
			received := cache.received(t)
			for _, direct := range directReads {
				cache.ready(t)
				server.Pause()
				resume := sync.OnceFunc(server.Resume)
				defer resume()
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
				defer cancel()
				if err := direct.read(ctx, cache.Cache); err != context.DeadlineExceeded {
					t.Errorf("got %v", err)
				}
				resume()
				for range 5 {
					must(t, direct.read(t.Context(), cache.Cache))
				}
			}
			if n := cache.received(t) - received; n > len(directReads) {
				t.Errorf("%d callers that left cost %d connections", len(directReads), n)
			}
		})
	}
}

// The client of the cache gives up sooner than its callers. A direct read then is made again, as the client does it.
func TestTimeoutOfTheClientOfDirectReads(t *testing.T) {
	server := redistest.Start(t)
	cache := open(t, server.URL()+"?read_timeout=50ms&max_retries=1", server.Client(t), rediscache.Options{})
	server.Pause()
	resumed := make(chan struct{})
	time.AfterFunc(75*time.Millisecond, func() { // after the first try
		server.Resume()
		close(resumed)
	})
	if err := directReads["Get"].read(t.Context(), cache.Cache); err != nil {
		t.Error(err)
	}
	<-resumed
	server.Pause()
	defer server.Resume()
	var timeout net.Error
	if err := directReads["Get"].read(t.Context(), cache.Cache); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %v", err)
	}
}

// The server at the address changes, as in a failover: new connections reach another server, and the old ones one that does
// not accept writes any more. After the client has noticed that, reads must not return what the old server has.
func TestDirectReadsFollowTheClientToAnotherServer(t *testing.T) {
	first, second := redistest.Start(t), redistest.Start(t)
	var target atomic.Value
	target.Store(first.Addr)
	addr := front(t, listen(t), func(_ int, client net.Conn) { relay(client, target.Load().(string)) })
	cache := open(t, "redis://"+addr, first.Client(t), rediscache.Options{})
	target.Store(second.Addr)
	must(t, first.Client(t).ReplicaOf(t.Context(), "127.0.0.1", "1").Err()) // it refuses writes
	await(t, "a write reaches the second server", func() bool {
		return cache.Set(t.Context(), "held", []byte("new"), hour) == nil
	})
	for range 20 {
		if value, err := cache.Get(t.Context(), "held"); string(value) != "new" || err != nil {
			t.Fatalf("got %q, %v", value, err)
		}
	}
}

// Connections for direct reads get strange replies. The client reads instead, so callers do not notice.
func TestStrangeRepliesToDirectReads(t *testing.T) {
	server := redistest.Start(t)
	for name, reply := range map[string]string{
		"an end":                     "",
		"half a value":               "$13\r\nvalue",
		"half a line":                "$13",
		"another kind":               "*1\r\n$1\r\na\r\n",
		"an integer":                 ":1\r\n",
		"a negative length":          "$-5\r\n",
		"a huge length":              "$99999999999999999999\r\n",
		"no length":                  "$\r\n",
		"no kind":                    "\r\n",
		"another protocol":           "HTTP/1.1 400 Bad Request\r\n\r\n",
		"RESP3":                      "_\r\n",
		"a long line":                "+" + strings.Repeat("a", 100_000) + "\r\n",
		"no end of the line":         "+OK\n",
		"an error":                   "-ERR the proxy is tired\r\n",
		"an error that retries help": "-LOADING Redis is loading the dataset in memory\r\n",
		"a wrong type":               "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
		"more than one":              "$3\r\nold\r\n$3\r\nold\r\n$3\r\nold\r\n$3\r\nold\r\n$3\r\nold\r\n$3\r\nold\r\n",
		"too long an array":          "*2147483647\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			var strange atomic.Int64
			addr := front(t, listen(t), func(_ int, client net.Conn) {
				in := bufio.NewReader(client)
				begin, err := in.Peek(len("*1\r\n$4\r\nping"))
				if err == nil && strings.HasSuffix(string(begin), "ping") { // go-redis begins with something else
					strange.Add(1)
					_, _ = in.Discard(len("*1\r\n$4\r\nping\r\n"))
					_, _ = io.WriteString(client, "+PONG\r\n")
					_, _ = in.ReadByte() // of the first command
					_, _ = io.WriteString(client, reply)
					if name != "an end" && !strings.HasPrefix(name, "half") {
						_, _ = io.Copy(io.Discard, in)
					}
					return
				}
				relay(peeked{client, in}, server.Addr)
			})
			cache, err := rediscache.Open("redis://"+addr, &rediscache.Options{
				Prefix: nextPrefix(), ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
			})
			must(t, err)
			defer func() { must(t, cache.Close()) }()
			for _, key := range []string{"held", "other"} {
				must(t, cache.Set(t.Context(), key, []byte("value of "+key), hour))
			}
			await(t, "strange connections were used", func() bool {
				for kind, direct := range directReads {
					if name == "more than one" && kind == "Get" {
						continue // it looks like a value
					}
					if err := direct.read(t.Context(), cache); err != nil {
						t.Fatalf("%s: %v", kind, err)
					}
				}
				return strange.Load() > 3
			})
		})
	}
}

func TestConformanceOfOpen(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	open := func(t *testing.T, prefix string) ctxcache.Cache[string, []byte] {
		cache, err := rediscache.Open(server.URL(), &rediscache.Options{
			Prefix: prefix, LeaseTTL: renewed, ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
		})
		must(t, err)
		t.Cleanup(func() { must(t, cache.Close()) })
		for i := range 3 { // so that it has connections for direct reads
			if _, err := cache.Get(t.Context(), fmt.Sprint(i)); err != ctxcache.ErrMiss {
				t.Error(err)
			}
		}
		return cache
	}
	cachetest.Run(t, func(t *testing.T) ctxcache.Cache[string, []byte] { return open(t, nextPrefix()) }, cachetest.LeaseTTL(renewed),
		cachetest.Shared(func(t *testing.T) (one, other ctxcache.Cache[string, []byte]) {
			prefix := nextPrefix()
			return open(t, prefix), open(t, prefix)
		}))
}
