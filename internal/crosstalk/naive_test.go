package crosstalk_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// naive is a client as it should not be: when its caller leaves, the connection goes back to the pool, and with it the
// reply that is still on its way.
type naive struct {
	addr    string
	command string // to get a key, which stands for %s
	lines   int    // of a reply
	value   int    // which of them is the value
	pool    chan *naiveConn
}

type naiveConn struct {
	net.Conn
	replies *bufio.Reader
}

// naiveRedis and naiveMemcached return naive clients of the server at addr, with a pool that has room for idle
// connections.
func naiveRedis(addr string, idle int) *naive {
	return &naive{addr: addr, command: "GET %s\r\n", lines: 2, value: 1, pool: make(chan *naiveConn, idle)}
}

func naiveMemcached(addr string, idle int) *naive {
	return &naive{addr: addr, command: "get %s\r\n", lines: 3, value: 1, pool: make(chan *naiveConn, idle)}
}

// Get returns the value of key, or, though it does not know it, of another one.
func (n *naive) Get(ctx context.Context, key string) ([]byte, error) {
	conn, err := n.take(ctx)
	if err != nil {
		return nil, err
	}
	leave := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })
	value, err := n.ask(conn, key)
	switch {
	case leave(), errors.Is(err, os.ErrDeadlineExceeded):
		n.giveBack(conn)
	default: // its deadline may be set still
		conn.Close()
	}
	if gone := ctx.Err(); gone != nil {
		return nil, gone
	}
	return value, err
}

func (n *naive) ask(conn *naiveConn, key string) (value []byte, err error) {
	if _, err := fmt.Fprintf(conn, n.command, key); err != nil {
		return nil, err
	}
	for i := range n.lines {
		line, err := conn.replies.ReadString('\n')
		if err != nil {
			return nil, err
		}
		if i == n.value {
			value = []byte(strings.TrimSuffix(line, "\r\n"))
		}
	}
	return value, nil
}

func (n *naive) take(ctx context.Context) (*naiveConn, error) {
	select {
	case conn := <-n.pool:
		return conn, conn.SetReadDeadline(time.Time{})
	default:
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", n.addr)
		if err != nil {
			return nil, err
		}
		return &naiveConn{conn, bufio.NewReader(conn)}, nil
	}
}

func (n *naive) giveBack(conn *naiveConn) {
	select {
	case n.pool <- conn:
	default:
		conn.Close()
	}
}

// Close closes the pool.
func (n *naive) Close() {
	close(n.pool)
	for conn := range n.pool {
		conn.Close()
	}
}

// Set and Delete are no part of what is tried.
func (*naive) Set(context.Context, string, []byte, time.Duration) error { return errors.ErrUnsupported }

func (*naive) Delete(context.Context, string) error { return errors.ErrUnsupported }
