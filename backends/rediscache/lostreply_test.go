package rediscache_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// lossyConn is a connection that breaks after a command with victim in it was carried out, instead of delivering the
// reply, as often as losses says.
type lossyConn struct {
	net.Conn
	victim string
	losses *atomic.Int32
	doomed atomic.Bool // the next reply will be lost
	lost   atomic.Bool
}

func (c *lossyConn) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(c.victim)) && c.losses.Add(-1) >= 0 {
		c.doomed.Store(true)
	}
	return c.Conn.Write(p)
}

func (c *lossyConn) Read(p []byte) (int, error) {
	if c.lost.Load() {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := c.Conn.Read(p)
	if c.doomed.Load() && err == nil { // the reply is there: the server has done it
		c.lost.Store(true)
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// lossyClient returns a client that loses the first replies to commands with victim in them.
func lossyClient(t *testing.T, server *redistest.Server, victim string, losses int32, retries int) *redis.Client {
	left := &atomic.Int32{}
	left.Store(losses)
	client := redis.NewClient(&redis.Options{
		MaxRetries: retries,
		Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			conn, err := dialer.DialContext(ctx, "tcp", server.Addr)
			return &lossyConn{Conn: conn, victim: victim, losses: left}, err
		},
	})
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

func TestGrantIsRepeatedWhenItsReplyIsLost(t *testing.T) {
	server := redistest.Shared(t)
	prefix := nextPrefix()
	cache := newCache(t, lossyClient(t, server, prefix+"key", 1, 3), &rediscache.Options{Prefix: prefix})
	l := absentLease(t, t.Context(), cache, "key") // asked twice, and both times granted
	must(t, cache.Fill(t.Context(), "key", l, entry{Value: []byte("value")}))
}

func TestUnknownGrantIsGivenBack(t *testing.T) {
	server := redistest.Shared(t)
	for op, ask := range map[ctxcache.Operation]func(ctx context.Context, c *rediscache.Cache) (lease, error){
		ctxcache.OpGetLease: func(ctx context.Context, c *rediscache.Cache) (lease, error) {
			_, l, err := c.GetLease(ctx, "key", 0)
			return l, err
		},
		ctxcache.OpGetLeases: func(ctx context.Context, c *rediscache.Cache) (lease, error) {
			_, leases, err := c.GetLeases(ctx, []string{"key"}, 0)
			return leases["key"], err
		},
	} {
		t.Run(string(op), func(t *testing.T) {
			prefix := nextPrefix()
			cache := newCache(t, lossyClient(t, server, prefix+"key", 1, -1), &rediscache.Options{Prefix: prefix, LeaseTTL: hour})
			// Now the server knows the script.
			warm := newCache(t, server.Client(t), &rediscache.Options{Prefix: prefix})
			must(t, warm.Release(t.Context(), "other", absentLease(t, t.Context(), warm, "other")))

			l, err := ask(t.Context(), cache)
			fails(t, err, op)
			if l.Granted() || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatalf("with a lost reply: lease %v, %v", l, err)
			}
			await(t, "the lease was given back", func() bool {
				l, err := ask(t.Context(), cache)
				if err != nil && err != ctxcache.ErrMiss {
					t.Fatal(err)
				}
				return l.Granted()
			})
		})
	}
}

func TestLostReplyIsNoMiss(t *testing.T) {
	server := redistest.Shared(t)
	prefix := nextPrefix()
	client := lossyClient(t, server, prefix, 100, -1)
	cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
	for _, operation := range operations {
		if operation.Name == "Stats" { // which has no key in it
			continue
		}
		err := operation.Call(t.Context(), cache)
		fails(t, err, operation.Op)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: the cause of %v is lost", operation.Name, err)
		}
	}
}
