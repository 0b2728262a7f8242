package memcached_test

import (
	"context"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// All connections that are kept are broken when a server has been restarted. No call that reads or deletes fails for that.
func TestConnectionsThatBrokeWhileIdleCostNoError(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, c *cacheOfBytes) error{
		"Get": func(ctx context.Context, c *cacheOfBytes) error {
			if err := second(c.Get(ctx, "key")); err != ctxcache.ErrMiss {
				return err
			}
			return nil
		},
		"GetEntries": func(ctx context.Context, c *cacheOfBytes) error {
			return second(c.GetEntries(ctx, []string{"key", "other"}))
		},
		"Delete":     func(ctx context.Context, c *cacheOfBytes) error { return c.Delete(ctx, "key") },
		"DeleteMany": func(ctx context.Context, c *cacheOfBytes) error { return c.DeleteMany(ctx, []string{"key", "other"}) },
	} {
		t.Run(name, func(t *testing.T) {
			server := memcachedtest.Start(t)
			var dials atomic.Int64
			cache := newCache(t, server, &memcached.Options{
				DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
					dials.Add(1)
					return new(net.Dialer).DialContext(ctx, network, addr)
				},
			})
			const many = 20
			server.Pause() // so that each call needs a connection of its own
			var all sync.WaitGroup
			for range many {
				all.Go(func() {
					if err := second(cache.Get(t.Context(), "key")); err != ctxcache.ErrMiss {
						t.Errorf("Get: %v", err)
					}
				})
			}
			await(t, "all calls have connections", func() bool { return dials.Load() == many })
			server.Resume()
			all.Wait()
			server.Restart()
			for i := range 2 * many {
				if err := call(t.Context(), cache); err != nil {
					t.Errorf("call %d after the restart: %v", i+1, err)
				}
			}
			if n := dials.Load() - many; n > 2 {
				t.Errorf("%d connections were made after the restart", n)
			}
		})
	}
}

// A command is sent a second time only if it is harmless, and only if its connection had worked before.
func TestOnlyHarmlessCommandsAreSentTwice(t *testing.T) {
	for command, call := range map[string]func(ctx context.Context, c *cacheOfBytes) error{
		"set":    func(ctx context.Context, c *cacheOfBytes) error { return c.Set(ctx, "key", nil, hour) },
		"add":    func(ctx context.Context, c *cacheOfBytes) error { _, _, err := c.GetLease(ctx, "key", 0); return err },
		"cas":    func(ctx context.Context, c *cacheOfBytes) error { return second(c.Remove(ctx, "held")) },
		"gets":   func(ctx context.Context, c *cacheOfBytes) error { return second(c.Get(ctx, "key")) },
		"delete": func(ctx context.Context, c *cacheOfBytes) error { return c.Delete(ctx, "key") },
	} {
		t.Run(command, func(t *testing.T) {
			server := newScripted(t, func(sent, _ string) string {
				switch verb, _, _ := strings.Cut(sent, " "); {
				case verb == command && !strings.HasSuffix(sent, "first"):
					return ""
				case sent == "gets held":
					return "VALUE held 0 5 1\r\nvalue\r\nEND\r\n"
				case verb == "delete":
					return "NOT_FOUND\r\n"
				}
				return "END\r\n"
			})
			cache := newCacheOver(t, server, nil)
			if err := second(cache.Get(t.Context(), "first")); err != ctxcache.ErrMiss {
				t.Fatalf("the first Get: %v", err)
			}
			if err := call(t.Context(), cache); err == nil || err == ctxcache.ErrMiss {
				t.Errorf("a %s without an answer: %v", command, err)
			}
			n, want := 0, 1
			if command == "gets" || command == "delete" {
				want = 2
			}
			for _, sent := range server.commands() {
				if strings.HasPrefix(sent, command+" ") && !strings.HasSuffix(sent, "first") && sent != "gets held" {
					n++
				}
			}
			if n != want {
				t.Errorf("%s was sent %d times, want %d: %q", command, n, want, server.commands())
			}
		})
	}
}
