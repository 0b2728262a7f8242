package rediscache_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// The caller leaves while the server hangs. When the server goes on, it carries the write out, although the caller may have
// deleted the key meanwhile.
func TestWriteWhoseCallerLeftIsTakenAway(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t) // its timeouts are long, so nothing is deleted because of them
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t, client, &rediscache.Options{})
			must(t, store(t.Context(), cache)) // the server knows the script
			must(t, client.ConfigResetStat(t.Context()).Err())
			server.Pause()
			resume := sync.OnceFunc(server.Resume)
			defer resume()
			ctx, leave := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer leave()
			if err := store(ctx, cache); err != context.DeadlineExceeded {
				t.Errorf("got %v", err)
			}
			resume()
			await(t, "the key was deleted at once, and after the write", func() bool {
				return commandCalls(t, client, "unlink") >= 2 && commandCalls(t, client, "set")+commandCalls(t, client, "evalsha") > 0
			})
			if n, err := client.Exists(t.Context(), "key").Result(); n != 0 || err != nil {
				t.Errorf("there are %d keys, %v", n, err)
			}
		})
	}
}

// tapped is a connection that keeps what was written to it.
type tapped struct {
	net.Conn
	tap *tap
}

type tap struct {
	mu   sync.Mutex
	sent []byte
}

func (c tapped) Write(p []byte) (int, error) {
	c.tap.mu.Lock()
	c.tap.sent = append(c.tap.sent, p...)
	c.tap.mu.Unlock()
	return c.Conn.Write(p)
}

func (t *tap) has(words string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Contains(t.sent, []byte(words))
}

// A key may be a view of a buffer that is used for the next request as soon as the caller has left.
func TestCallThatOutlivesItsCallerKeepsItsKey(t *testing.T) {
	server := redistest.Shared(t)
	direct := server.Client(t)
	value := ctxcache.NewEntry([]byte("value"), hour)
	for name, call := range map[string]func(ctx context.Context, c *rediscache.Cache, key string) error{
		"Get":      func(ctx context.Context, c *rediscache.Cache, key string) error { return second(c.Get(ctx, key)) },
		"GetEntry": func(ctx context.Context, c *rediscache.Cache, key string) error { return second(c.GetEntry(ctx, key)) },
		"GetEntries": func(ctx context.Context, c *rediscache.Cache, key string) error {
			return second(c.GetEntries(ctx, []string{key, "other"}))
		},
		"Contains": func(ctx context.Context, c *rediscache.Cache, key string) error { return second(c.Contains(ctx, key)) },
		"GetLease": func(ctx context.Context, c *rediscache.Cache, key string) error {
			_, _, err := c.GetLease(ctx, key, 0)
			return err
		},
		"GetLeases": func(ctx context.Context, c *rediscache.Cache, key string) error {
			_, _, err := c.GetLeases(ctx, []string{key}, 0)
			return err
		},
		"Set": func(ctx context.Context, c *rediscache.Cache, key string) error {
			return c.Set(ctx, key, value.Value, hour)
		},
		"SetEntry": func(ctx context.Context, c *rediscache.Cache, key string) error {
			return c.SetEntry(ctx, key, negative(hour))
		},
		"SetEntries": func(ctx context.Context, c *rediscache.Cache, key string) error {
			return c.SetEntries(ctx, map[string]entry{key: value})
		},
		"Delete": func(ctx context.Context, c *rediscache.Cache, key string) error { return c.Delete(ctx, key) },
		"DeleteMany": func(ctx context.Context, c *rediscache.Cache, key string) error {
			return c.DeleteMany(ctx, []string{key})
		},
		"Remove": func(ctx context.Context, c *rediscache.Cache, key string) error { return second(c.Remove(ctx, key)) },
	} {
		t.Run(name, func(t *testing.T) {
			prefix := nextPrefix()
			buffer := []byte(prefix + "old")
			was, next := string(buffer), prefix+"new"
			must(t, direct.HSet(t.Context(), was, "\x00L", "token").Err()) // so that calls of a Plain cache need more commands
			until := make(chan struct{})
			sent := &tap{}
			var dialer net.Dialer
			client := redis.NewClient(&redis.Options{
				DialTimeout: redistest.Patience, ReadTimeout: redistest.Patience,
				Dialer: func(ctx context.Context, network, _ string) (net.Conn, error) {
					<-until
					conn, err := dialer.DialContext(ctx, network, server.Addr)
					return tapped{conn, sent}, err
				},
			})
			t.Cleanup(func() { must(t, client.Close()) })
			limit := 20 * time.Millisecond
			cache := newCache(t, client, &rediscache.Options{LeaseTTL: hour, ReadTimeout: limit, WriteTimeout: limit})
			if err := call(t.Context(), cache, unsafe.String(&buffer[0], len(buffer))); !errors.Is(err, ctxcache.ErrTimeout) {
				t.Errorf("got %v", err)
			}
			copy(buffer, next)
			close(until)
			await(t, "the command was sent", func() bool { return sent.has(prefix) })
			must(t, cache.Close()) // waits for everything that goes on behind
			if !sent.has(was) || sent.has(next) {
				t.Errorf("the old key is sent: %v, and what the buffer has now: %v", sent.has(was), sent.has(next))
			}
		})
	}
}
