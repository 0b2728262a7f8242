package memcached

import (
	"crypto/tls"
	"net"
	"time"
)

// conn is a connection that conns keeps track of until it is closed. It is what gomemcache reads from and writes to.
type conn struct {
	net.Conn
	all     *conns
	foreign bool // its methods may be a user's

	// Only one goroutine at a time reads and writes.
	answered bool // something was read since the last write
	used     bool // something was read before the last write
}

// isStandard reports whether the methods of made are all of the standard library.
func isStandard(made net.Conn) bool {
	switch made := made.(type) {
	case *net.TCPConn, *net.UnixConn:
		return true
	case *tls.Conn:
		return isStandard(made.NetConn())
	}
	return false
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.read(b)
	c.answered = c.answered || n > 0
	return n, c.failure(err)
}

func (c *conn) read(b []byte) (int, error) {
	if !c.foreign {
		return c.Conn.Read(b)
	}
	return guarded(connection, func() (int, error) { return c.Conn.Read(b) })
}

func (c *conn) Write(b []byte) (int, error) {
	c.used, c.answered = c.used || c.answered, false
	n, err := c.write(b)
	return n, c.failure(err)
}

func (c *conn) write(b []byte) (int, error) {
	if !c.foreign {
		return c.Conn.Write(b)
	}
	return guarded(connection, func() (int, error) { return c.Conn.Write(b) })
}

func (c *conn) SetDeadline(t time.Time) error {
	if !c.foreign {
		return c.Conn.SetDeadline(t)
	}
	_, err := guarded(connection, func() (struct{}, error) { return struct{}{}, c.Conn.SetDeadline(t) })
	return err
}

func (c *conn) Close() error {
	c.all.mu.Lock()
	delete(c.all.open, c)
	c.all.mu.Unlock()
	if !c.foreign {
		return c.Conn.Close()
	}
	_, err := guarded(connection, func() (struct{}, error) { return struct{}{}, c.Conn.Close() })
	return err
}
