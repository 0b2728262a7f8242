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

// naive is a client with a mistake: when a caller leaves, its connection goes back to the pool, although a reply is
// still on its way.
type naive struct {
	addr    string
	command string // gets the key that replaces %s
	lines   int    // how many lines a reply has
	value   int    // the index of the line with the value
	pool    chan *naiveConn
}

type naiveConn struct {
	net.Conn
	replies *bufio.Reader
}

// naiveRedis and naiveMemcached return naive clients of the server at addr. Their pool has room for idle connections.
func naiveRedis(addr string, idle int) *naive {
	return &naive{addr: addr, command: "GET %s\r\n", lines: 2, value: 1, pool: make(chan *naiveConn, idle)}
}

func naiveMemcached(addr string, idle int) *naive {
	return &naive{addr: addr, command: "get %s\r\n", lines: 3, value: 1, pool: make(chan *naiveConn, idle)}
}

// Get returns the value of key, or by mistake the value of another key.
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
	default: // the read deadline may still be set
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

// The tests do not use Set and Delete.
func (*naive) Set(context.Context, string, []byte, time.Duration) error { return errors.ErrUnsupported }

func (*naive) Delete(context.Context, string) error { return errors.ErrUnsupported }
