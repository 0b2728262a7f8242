package memcached

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// conns keeps track of the connections to all servers. gomemcache cannot close connections in use, and makes new ones
// after its Close.
type conns struct {
	dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// The context of dials ends with Close. It belongs to the cache: gomemcache has no contexts of callers.
	life context.Context
	end  context.CancelFunc

	mu     sync.Mutex
	open   map[*conn]bool
	closed bool
}

func newConns(dial func(ctx context.Context, network, addr string) (net.Conn, error)) *conns {
	c := &conns{dial: dial, open: make(map[*conn]bool)}
	c.life, c.end = context.WithCancel(context.Background()) // see life
	return c
}

// conn is a connection that conns keeps track of until it is closed.
type conn struct {
	net.Conn
	all *conns
}

// dialError says that there is no connection, so nothing was sent. It is not a [net.Error] itself: gomemcache would
// replace it by one that hides the cause.
type dialError struct{ err error }

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// unsent reports whether err says that nothing was sent, because the server could not be reached.
func unsent(err error) bool {
	_, ok := errors.AsType[*dialError](err)
	return ok
}

// Dial makes a connection. After Close it returns [net.ErrClosed].
func (c *conns) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	made, err := c.guardedDial(ctx, network, addr)
	if err != nil {
		return nil, &dialError{err}
	}
	known := &conn{Conn: made, all: c}
	if !c.keep(known) {
		return nil, &dialError{errors.Join(net.ErrClosed, known.Close())}
	}
	return known, nil
}

// guardedDial is Options.DialContext. A panic becomes an error, and so does runtime.Goexit: gomemcache also dials on
// goroutines of its own, where a panic would end the process, and Goexit would leave the caller waiting for ever. Goexit
// cannot be stopped, so the function has a goroutine of its own. It ends before guardedDial returns.
func (c *conns) guardedDial(ctx context.Context, network, addr string) (net.Conn, error) {
	type outcome struct {
		conn net.Conn
		err  error
	}
	ended := make(chan outcome, 1)
	go func() {
		o := outcome{err: errNoDial}
		defer func() {
			if value := recover(); value != nil {
				o.err = panicked("DialContext", value)
			}
			ended <- o
		}()
		o.conn, o.err = c.dial(ctx, network, addr)
	}()
	o := <-ended
	if o.err == nil && o.conn == nil {
		o.err = errNoDial
	}
	return o.conn, o.err
}

// errNoDial is the error of a DialContext that returns nothing.
var errNoDial = ctxcache.Discreet("DialContext returned no connection", nil)

// panicked returns the error for a panic of the user's function. The message does not show the panic's value, which may
// contain a key. The cause shows the value and the stack.
func panicked(function string, value any) error {
	return ctxcache.Discreet(function+" panicked", fmt.Errorf("panic: %v\n\n%s", value, debug.Stack()))
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

// Close closes all connections, including those in use, and ends dials in progress.
func (c *conns) Close() error {
	c.end()
	c.mu.Lock()
	open := c.open
	c.open, c.closed = nil, true
	c.mu.Unlock()
	var errs []error
	for known := range open {
		if err := known.Close(); !errors.Is(err, net.ErrClosed) { // the client may just have closed it
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// The methods that gomemcache calls turn a panic of the connection that DialContext made into an error, because gomemcache
// also calls them on goroutines of its own.

func (c *conn) Read(b []byte) (n int, err error) {
	defer c.guard(&err)
	return c.Conn.Read(b)
}

func (c *conn) Write(b []byte) (n int, err error) {
	defer c.guard(&err)
	return c.Conn.Write(b)
}

func (c *conn) SetDeadline(t time.Time) (err error) {
	defer c.guard(&err)
	return c.Conn.SetDeadline(t)
}

func (c *conn) Close() (err error) {
	c.all.mu.Lock()
	delete(c.all.open, c)
	c.all.mu.Unlock()
	defer c.guard(&err)
	return c.Conn.Close()
}

func (c *conn) guard(err *error) {
	if value := recover(); value != nil {
		*err = panicked("a connection of DialContext", value)
	}
}
