package memcached

import (
	"context"
	"errors"
	"net"
	"sync"
)

// conns keeps track of the connections to all servers. gomemcache cannot close connections in use, and makes new ones
// after its Close.
type conns struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	mu     sync.Mutex
	open   map[*conn]bool
	closed bool
}

// conn is a connection that conns keeps track of until it is closed.
type conn struct {
	net.Conn
	all *conns
}

// Dial makes a connection. After Close it returns [net.ErrClosed].
func (c *conns) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	made, err := c.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	known := &conn{Conn: made, all: c}
	if !c.keep(known) {
		return nil, errors.Join(net.ErrClosed, made.Close())
	}
	return known, nil
}

// keep adds known to the open connections. After Close it returns false.
func (c *conns) keep(known *conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.open[known] = true
	}
	return !c.closed
}

// Close closes all connections, including those in use.
func (c *conns) Close() error {
	c.mu.Lock()
	open := c.open
	c.open, c.closed = nil, true
	c.mu.Unlock()
	var errs []error
	for known := range open {
		if err := known.Conn.Close(); !errors.Is(err, net.ErrClosed) { // the client may just have closed it
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func (c *conn) Close() error {
	c.all.mu.Lock()
	delete(c.all.open, c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}
