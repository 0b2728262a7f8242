package rediscache_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// impatientConn is a connection to a proxy that answers writes before the server does.
type impatientConn struct {
	net.Conn
	answers string // not read yet
}

func (c *impatientConn) Write(p []byte) (int, error) {
	writes := bytes.Count(p, []byte("\r\nset\r\n")) + bytes.Count(p, []byte("\r\nevalsha\r\n"))
	if writes == 0 {
		return c.Conn.Write(p)
	}
	c.answers = strings.Repeat("-ERR Connection timed out\r\n", writes)
	return len(p), nil
}

func (c *impatientConn) Read(p []byte) (int, error) {
	if c.answers == "" {
		return c.Conn.Read(p)
	}
	n := copy(p, c.answers)
	c.answers = c.answers[n:]
	return n, nil
}

// After the answer of a proxy whose patience is over, the write may still arrive.
func TestWriteThatAProxyDeliversLateIsUndone(t *testing.T) {
	server := redistest.Shared(t)
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // it mostly waits
			options := server.Options()
			options.ReadTimeout = 300 * time.Millisecond
			options.WriteTimeout = 2 * time.Second // as in newSlowNetwork
			options.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
				var dialer net.Dialer
				conn, err := dialer.DialContext(ctx, network, addr)
				return &impatientConn{Conn: conn}, err
			}
			behind := redis.NewClient(options)
			t.Cleanup(func() { must(t, behind.Close()) })
			prefix := nextPrefix()
			cache, client := newCache(t, behind, &rediscache.Options{Prefix: prefix}), server.Client(t)
			ctx := t.Context()
			isTakenAway := func() {
				t.Helper()
				await(t, "the value is taken away", func() bool {
					n, err := client.Exists(ctx, prefix+"key").Result()
					must(t, err)
					return n == 0
				})
			}
			must(t, client.Set(ctx, prefix+"key", "old", 0).Err())
			if err := store(ctx, cache); err == nil || !strings.Contains(err.Error(), "timed out") {
				t.Fatalf("the write: %v", err)
			}
			isTakenAway()
			must(t, client.Set(ctx, prefix+"key", "late", 0).Err())
			isTakenAway()
		})
	}
}
