package rediscache

import (
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// alive is a connection to a server that must not be silent. While nothing else comes, the server is asked to answer:
// it may hang, or the network may have lost the connection without a word. Everything that the server sends is a sign
// of life, so a connection with many changes has no PINGs.
type alive struct {
	net.Conn
	half time.Duration // how long the server may be silent before, and after it was asked; 0 means for ever
}

func newAlive(conn net.Conn, timeout time.Duration) *alive {
	if timeout == ctxcache.NoExpiry {
		timeout = 0
	}
	return &alive{conn, timeout / 2}
}

// errSilent is the error of a read if the server does not answer a PING.
var errSilent = fmt.Errorf("%w: the server is silent", ctxcache.ErrTimeout)

// Read reads what comes next. Only one goroutine may read. The replies to PING are a part of what it reads.
func (a *alive) Read(p []byte) (int, error) {
	n, err := a.wait(p)
	if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	if _, err := a.Write([]byte("*1\r\n$4\r\nPING\r\n")); err != nil {
		return 0, err
	}
	n, err = a.wait(p)
	if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		err = errSilent
	}
	return n, err
}

// wait reads what comes while the server may be silent.
func (a *alive) wait(p []byte) (int, error) {
	if err := a.SetReadDeadline(a.deadline()); err != nil {
		return 0, err
	}
	return a.Conn.Read(p)
}

// Write sends p. It has a deadline, too, in place of the one that go-redis has left.
func (a *alive) Write(p []byte) (int, error) {
	if err := a.SetWriteDeadline(a.deadline()); err != nil {
		return 0, err
	}
	return a.Conn.Write(p)
}

// deadline returns the end of what begins now.
func (a *alive) deadline() time.Time {
	if a.half == 0 {
		return time.Time{} // none
	}
	return time.Now().Add(a.half)
}
