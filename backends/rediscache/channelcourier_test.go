package rediscache_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ctxcache/cached/internal/redistest"
	"github.com/redis/go-redis/v9"
)

// courier passes on what a server sends on connections that subscribe. It may lose messages, or change their order, as
// networks do not, but as proxies and servers with full buffers may.
type courier struct {
	mu     sync.Mutex
	losing func(message string) (lost bool)
	kept   []byte // a message that is to come after the next one
	keep   bool   // whether to keep the next message
}

// lose makes the courier lose the messages that losing says.
func (r *courier) lose(losing func(message string) (lost bool)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.losing = losing
}

// swap makes the next two messages come in the other order.
func (r *courier) swap() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep = true
}

// pass returns what is to be passed on in place of an array of strings.
func (r *courier) pass(frame []byte) []byte {
	text := string(frame)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !strings.HasPrefix(text, "*3\r\n$7\r\nmessage\r\n"):
		return frame
	case r.losing != nil && r.losing(text):
		return nil
	case r.keep:
		r.keep, r.kept = false, frame
		return nil
	}
	frame = append(frame, r.kept...)
	r.kept = nil
	return frame
}

// client returns a client of a server whose subscriptions go through the courier.
func (r *courier) client(t testing.TB, server *redistest.Server) *redis.Client {
	t.Helper()
	options := server.Options()
	options.Protocol = 2
	options.Dialer = func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		conn, err := dialer.DialContext(ctx, "tcp", server.Addr)
		if err != nil {
			return nil, err
		}
		return &couriered{Conn: conn, courier: r, in: bufio.NewReader(conn)}, nil
	}
	return newClient(t, options)
}

// couriered is a connection of a courier. One goroutine writes and reads, or one of each.
type couriered struct {
	net.Conn
	courier    *courier
	in         *bufio.Reader
	mu         sync.Mutex
	subscribed bool
	out        []byte // to be read
}

func (c *couriered) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("subscribe")) {
		c.mu.Lock()
		c.subscribed = true
		c.mu.Unlock()
	}
	return c.Conn.Write(p)
}

func (c *couriered) Read(p []byte) (int, error) {
	c.mu.Lock()
	subscribed := c.subscribed
	c.mu.Unlock()
	if !subscribed {
		return c.in.Read(p)
	}
	for len(c.out) == 0 {
		frame, err := readFrame(c.in)
		if err != nil {
			return 0, err
		}
		c.out = c.courier.pass(frame)
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// readFrame reads a reply in RESP2.
func readFrame(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(line[1:]))) // 0 for an error or a status, which end with the line
	switch line[0] {
	case '*':
		for range n {
			element, err := readFrame(in)
			if err != nil {
				return nil, err
			}
			line = append(line, element...)
		}
	case '$':
		text := make([]byte, n+2)
		if _, err := io.ReadFull(in, text); err != nil {
			return nil, err
		}
		line = append(line, text...)
	}
	return line, nil
}
