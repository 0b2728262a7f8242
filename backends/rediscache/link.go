package rediscache

import (
	"context"
	"crypto/tls"
	"net"
	"sync"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// link is a connection that go-redis makes, and that then belongs to a Watch. So it is made as the connections of the
// client are: go-redis dials, logs in and calls OnConnect. But go-redis cannot wait for pushes on a connection without
// timeouts, lost errors and connections that it renews unnoticed. So Watch reads it.
type link struct {
	client *redis.Client // has this connection only
	sub    *redis.PubSub // has the connection, which is not in a pool

	mu    sync.Mutex
	conn  net.Conn // nil before the dial
	ended bool
}

// dialer is the type of a Dialer in the options of a client.
type dialer = func(ctx context.Context, network, addr string) (net.Conn, error)

// newLink returns a link that is not connected, with the options of a client. It speaks RESP3.
func newLink(ctx context.Context, options *redis.Options) *link {
	return newLinkIn(ctx, options, 3)
}

// newLinkIn is newLink for a link that speaks RESP of this version.
func newLinkIn(ctx context.Context, options *redis.Options, protocol int) *link {
	l := &link{}
	o := *options
	if o.Dialer == nil {
		o.Dialer = redis.NewDialer(options)
	}
	o.Dialer = l.dialer(o.Dialer)
	o.Protocol = protocol
	o.ContextTimeoutEnabled = true
	// The handshake must have read all that the server has sent.
	o.PushNotificationProcessor = nil
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	// Nothing but the connection: go-redis starts no goroutines for it.
	o.MinIdleConns, o.PoolSize, o.PipelinePoolSize = 0, 1, -1
	l.client = redis.NewClient(&o)
	l.sub = l.client.Subscribe(ctx) // without a channel, it does not connect
	return l
}

// dialer returns a function that dials by dial, once, and keeps the connection.
func (l *link) dialer(dial dialer) dialer {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.ended || l.conn != nil { // go-redis would connect again to a server that has lost what it was asked to report
			_ = abrupt(conn) // nobody uses it
			return nil, net.ErrClosed
		}
		l.conn = conn
		return conn, nil
	}
}

// connect connects, and sends SUBSCRIBE with a channel. The reply is still to come. The server then treats the connection
// as one for pub/sub: it limits what waits to be sent, and does not close it for being idle.
func (l *link) connect(ctx context.Context, channel string) (net.Conn, error) {
	if err := l.sub.Subscribe(ctx, channel); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn, nil
}

// interrupt ends everything that waits for the connection. Any goroutine may call it, more than once.
func (l *link) interrupt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	if l.conn != nil {
		_ = abrupt(l.conn) // nothing is to be sent any more
	}
}

// close ends the connection. It waits until connect has returned.
func (l *link) close() {
	l.interrupt()
	_ = l.sub.Close()    // its connection is already closed
	_ = l.client.Close() // it has no other one
}

// abrupt closes a connection without waiting: TLS would say goodbye to a server that may not listen.
func abrupt(conn net.Conn) error {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	return conn.Close()
}
