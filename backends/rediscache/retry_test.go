package rediscache_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// breaking is a server that breaks each connection, and counts them.
type breaking struct {
	addr     string
	accepted atomic.Int32
}

// startBreaking starts a server that breaks each connection when a client sends a GET. If greets is false, it breaks each
// at once.
func startBreaking(t *testing.T, greets bool) *breaking {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	b := &breaking{addr: listener.Addr().String()}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b.accepted.Add(1)
			running.Go(func() {
				defer conn.Close()
				for piece := make([]byte, 1<<16); greets; {
					n, err := conn.Read(piece)
					if err != nil || bytes.Contains(piece[:n], []byte("\r\nget\r\n")) {
						return
					}
					commands := bytes.Count(piece[:n], []byte("*"))
					if _, err := conn.Write([]byte(strings.Repeat("-ERR unknown command\r\n", commands))); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		must(t, listener.Close())
		running.Wait()
	})
	return b
}

// A server that is in trouble is not asked again and again.
func TestOpenTriesOnceMore(t *testing.T) {
	for query, want := range map[string]int32{"": 2, "?max_retries=3": 4} {
		server := startBreaking(t, true)
		cache, err := rediscache.Open("redis://"+server.addr+query, patient(nil))
		must(t, err)
		err = second(cache.Get(t.Context(), "key"))
		fails(t, err, ctxcache.OpGet)
		must(t, cache.Close())
		if got := server.accepted.Load(); got != want {
			t.Errorf("with %q: %d connections, want %d", query, got, want)
		}
	}
}

// everyCall are calls of each kind. Each takes one round trip.
var everyCall = map[string]func(ctx context.Context, c *rediscache.Cache) error{
	"Get":      func(ctx context.Context, c *rediscache.Cache) error { return second(c.Get(ctx, "key")) },
	"GetEntry": func(ctx context.Context, c *rediscache.Cache) error { return second(c.GetEntry(ctx, "key")) },
	"GetMany": func(ctx context.Context, c *rediscache.Cache) error {
		return second(ctxcache.GetMany(ctx, c, []string{"key", "other"}))
	},
	"Contains":  func(ctx context.Context, c *rediscache.Cache) error { return second(c.Contains(ctx, "key")) },
	"GetLease":  undoables["GetLease"],
	"GetLeases": undoables["GetLeases"],
	"Set":       stores["Set"],
	"SetEntry":  stores["SetEntry of a negative"],
	"SetEntries": func(ctx context.Context, c *rediscache.Cache) error {
		return c.SetEntries(ctx, map[string]entry{
			"key": ctxcache.NewEntry([]byte("value"), hour), "other": ctxcache.NewEntry([]byte("value"), hour),
			"absent": negative(hour), "gone": negative(hour),
		})
	},
	"Delete": func(ctx context.Context, c *rediscache.Cache) error { return c.Delete(ctx, "key") },
	"DeleteMany": func(ctx context.Context, c *rediscache.Cache) error {
		return c.DeleteMany(ctx, []string{"key", "other"})
	},
	"Remove": func(ctx context.Context, c *rediscache.Cache) error { return second(c.Remove(ctx, "key")) },
}

// The clients try three more times, but not to reach a server that is down.
func TestServerThatIsDownIsNotDialledTwice(t *testing.T) {
	failure := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	var dials atomic.Int64
	dial := func(context.Context, string, string) (net.Conn, error) {
		dials.Add(1)
		return nil, failure
	}
	for kind, open := range map[string]func() redis.UniversalClient{
		"single": func() redis.UniversalClient {
			return redis.NewClient(&redis.Options{MaxRetries: 3, DialerRetries: 1, PipelinePoolSize: -1, Dialer: dial})
		},
		"ring": func() redis.UniversalClient {
			return redis.NewRing(&redis.RingOptions{
				Addrs: map[string]string{"one": "127.0.0.1:1"}, MaxRetries: 3, HeartbeatFrequency: hour,
				HeartbeatFn: func(context.Context, *redis.Client) bool { return true },
				NewClient: func(o *redis.Options) *redis.Client {
					o.DialerRetries, o.PipelinePoolSize, o.Dialer = 1, -1, dial
					return redis.NewClient(o)
				},
			})
		},
		"cluster": func() redis.UniversalClient {
			return redis.NewClusterClient(&redis.ClusterOptions{
				Addrs: []string{"127.0.0.1:1"}, MaxRedirects: 3, DialerRetries: 1, Dialer: dial,
			})
		},
	} {
		for name, call := range everyCall {
			t.Run(kind+"/"+name, func(t *testing.T) {
				client := open()
				t.Cleanup(func() { must(t, client.Close()) })
				cache := rediscache.New(client, patient(nil))
				dials.Store(0)
				want := int64(1)
				if err := call(t.Context(), cache); err == errors.ErrUnsupported { // leases over a ring
					want = 0
				} else if !errors.Is(err, failure) {
					t.Errorf("got %v", err)
				}
				must(t, cache.Close()) // waits for everything that goes on behind
				if n := dials.Load(); n != want {
					t.Errorf("the server was dialled %d times, want %d", n, want)
				}
			})
		}
	}
}

// A server that accepts connections and breaks them is not dialled twice, either.
func TestServerThatHangsUpIsNotDialledTwice(t *testing.T) {
	for _, query := range []string{"", "?max_retries=3"} {
		for name, call := range everyCall {
			server := startBreaking(t, false)
			cache, err := rediscache.Open("redis://"+server.addr+query, patient(nil))
			must(t, err)
			if err := call(t.Context(), cache); err == nil {
				t.Errorf("%s succeeds", name)
			}
			must(t, cache.Close())
			if got := server.accepted.Load(); got != 1 {
				t.Errorf("%s with %q: %d connections, want 1", name, query, got)
			}
		}
	}
}

// severed is a connection that breaks when the client uses it next.
type severed struct {
	net.Conn
	broken *atomic.Bool
}

func (s severed) Write(p []byte) (int, error) {
	if s.broken.Load() {
		return len(p), nil // the network loses it
	}
	return s.Conn.Write(p)
}

func (s severed) Read(p []byte) (int, error) {
	if s.broken.Load() {
		return 0, &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	}
	return s.Conn.Read(p)
}

// A pooled connection may have broken while it was idle. The client sees that only when it has sent a command.
func TestCallOnABrokenConnectionIsSentAgain(t *testing.T) {
	server := redistest.Shared(t)
	for name, call := range everyCall {
		switch name {
		case "Set", "SetEntry", "SetEntries":
			continue // they are sent only once: see TestLateCopyOfAWriteIsTakenAway
		}
		t.Run(name, func(t *testing.T) {
			options := server.Options()
			options.MinRetryBackoff = -1
			broken := new(atomic.Bool) // of the connections that are open now
			var dialer net.Dialer
			var dials atomic.Int64
			options.Dialer = func(ctx context.Context, network, _ string) (net.Conn, error) {
				dials.Add(1)
				conn, err := dialer.DialContext(ctx, network, server.Addr)
				return severed{conn, broken}, err
			}
			client := redis.NewClient(options)
			t.Cleanup(func() { must(t, client.Close()) })
			cache := newCache(t, client, &rediscache.Options{Prefix: nextPrefix(), LeaseTTL: hour})
			answered := func() {
				t.Helper()
				if err := call(t.Context(), cache); err != nil && err != ctxcache.ErrMiss {
					t.Errorf("got %v", err)
				}
			}
			answered()
			was := dials.Load()
			broken.Store(true)
			broken = new(atomic.Bool)
			answered()
			if dials.Load() <= was {
				t.Error("no connection was broken")
			}
		})
	}
}

func TestServerIsUsedAgainAfterARestart(t *testing.T) {
	server := redistest.Start(t)
	cache, err := rediscache.Open(server.URL(), patient(&rediscache.Options{Prefix: "p:"}))
	must(t, err)
	defer func() { must(t, cache.Close()) }()
	for name, call := range everyCall {
		must(t, cache.Delete(t.Context(), "key"))
		server.Stop()
		server.Restart()
		if err := call(t.Context(), cache); err != nil && err != ctxcache.ErrMiss {
			t.Errorf("%s after a restart: %v", name, err)
		}
	}
}
