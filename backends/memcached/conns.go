package memcached

import (
	"context"
	"errors"
	"net"
	"sync"

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
	known := &conn{Conn: made, all: c, foreign: !isStandard(made)}
	if !c.keep(known) {
		return nil, &dialError{errors.Join(net.ErrClosed, known.Close())}
	}
	return known, nil
}

// guardedDial is Options.DialContext. A panic becomes an error, and so does runtime.Goexit.
func (c *conns) guardedDial(ctx context.Context, network, addr string) (made net.Conn, err error) {
	made, err = guarded("DialContext", func() (net.Conn, error) { return c.dial(ctx, network, addr) })
	if err == nil && made == nil {
		err = errNoDial
	}
	return made, err
}

// errNoDial is the error of a DialContext that returns nothing.
var errNoDial = ctxcache.Discreet("DialContext returned no connection", nil)

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
