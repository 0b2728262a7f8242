package matrix_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/internal/redistest"
	"github.com/ctxcache/cached/internal/testserver"
)

// nutcracker returns a client of a proxy in front of two servers. The proxy, which is also called twemproxy, hangs up on
// commands that it does not know, such as HELLO, SCAN, and those for transactions.
func nutcracker(t *testing.T) *redis.Client {
	t.Helper()
	one, two := redistest.Start(t), redistest.Start(t)
	proxy := testserver.Kind{
		Binary: "nutcracker",
		Args: func(host, port, dir string) []string {
			config := filepath.Join(dir, "nutcracker.yml")
			must(t, os.WriteFile(config, fmt.Appendf(nil, `matrix:
  listen: %s:%s
  redis: true
  hash: fnv1a_64
  distribution: ketama
  servers:
  - %s:1
  - %s:1
`, host, port, one.Addr, two.Addr), 0o600))
			stats, err := testserver.FreeAddr()
			must(t, err)
			_, statsPort, err := net.SplitHostPort(stats)
			must(t, err)
			return []string{"--conf-file", config, "--stats-addr", host, "--stats-port", statsPort}
		},
		Answers: func(ctx context.Context, addr string, _ int) bool {
			client := redis.NewClient(bare(addr))
			defer client.Close()
			return client.Get(ctx, "any").Err() == redis.Nil
		},
	}
	client := redis.NewClient(bare(proxy.Start(t).Addr))
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// bare returns the options of a client that sends only the commands that it is asked for.
func bare(addr string) *redis.Options {
	return &redis.Options{
		Addr: addr, Protocol: 2, DisableIdentity: true, MaxRetries: -1,
		ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience, PoolTimeout: redistest.Patience,
		Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			return &ungreeted{Conn: conn}, err
		},
	}
}

// ungreeted answers the HELLO of go-redis, which cannot be switched off, as a server that does not know it.
type ungreeted struct {
	net.Conn
	answer string // what Read returns next
}

func (c *ungreeted) Write(p []byte) (int, error) {
	if !bytes.HasPrefix(bytes.ToLower(p), []byte("*2\r\n$5\r\nhello\r\n")) {
		return c.Conn.Write(p)
	}
	c.answer = "-ERR unknown command\r\n"
	return len(p), nil
}

func (c *ungreeted) Read(p []byte) (int, error) {
	if c.answer == "" {
		return c.Conn.Read(p)
	}
	n := copy(p, c.answer)
	c.answer = c.answer[n:]
	return n, nil
}
