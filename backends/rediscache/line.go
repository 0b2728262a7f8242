package rediscache

import (
	"context"
	"crypto/tls"
	"net"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// line is a connection for direct reads: see direct.go. Its fields belong to the goroutine that has taken it.
type line struct {
	wire
	raw         net.Conn // below TLS; closing it does not wait
	epoch       int      // of lines, when the dial began
	made, used  time.Time
	interrupted chan struct{} // receives when interrupt has ended; has room for one
	onDone      func()        // interrupt, so that each read need not allocate it
}

// past is a deadline that ends reads and writes at once.
var past = time.Unix(1, 0)

// interrupt ends what the line waits for, when the context of its user has ended. It runs on a goroutine of its own.
func (l *line) interrupt() {
	_ = l.conn.SetDeadline(past) // it fails only on a connection that is closed, which waits for nothing
	l.interrupted <- struct{}{}
}

// close ends everything that waits for the connection. Any goroutine may call it, more than once.
func (l *line) close() { _ = l.raw.Close() } // nothing is to be sent any more

// dial connects a line with the address, the account and the database of a client. It ends with ctx.
func dial(ctx context.Context, options *redis.Options) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, options.DialTimeout)
	defer cancel()
	dialer := &net.Dialer{}
	raw, err := dialer.DialContext(ctx, options.Network, options.Addr)
	if err != nil {
		return nil, err
	}
	l := &line{wire: wire{conn: raw, in: make([]byte, wireBuffer)}, raw: raw, interrupted: make(chan struct{}, 1)}
	l.onDone = l.interrupt
	stop := context.AfterFunc(ctx, l.close)
	if options.TLSConfig != nil {
		l.conn = tls.Client(raw, options.TLSConfig)
	}
	if err = l.greet(options); err == nil && !stop() {
		err = ctx.Err()
	}
	if err != nil {
		l.close()
		return nil, err
	}
	l.made = time.Now()
	l.used = l.made
	return l, nil
}

// greet does what go-redis does with a new connection, as far as reads need it. If the server refuses something, greet
// returns an error, and no line is made. The client finds out why.
func (l *line) greet(options *redis.Options) error {
	switch {
	case options.Username != "":
		l.command("auth", 3)
		l.arg(options.Username)
		l.arg(options.Password)
	case options.Password != "":
		l.command("auth", 2)
		l.arg(options.Password)
	}
	if options.DB != 0 {
		l.command("select", 2)
		l.arg(strconv.Itoa(options.DB))
	}
	if options.ClientName != "" {
		l.command("client", 3)
		l.arg("setname")
		l.arg(options.ClientName)
	}
	l.command("ping", 1) // so that there is an answer
	if err := l.send(); err != nil {
		return err
	}
	for l.left > 0 {
		e, err := l.next()
		if err != nil {
			return err
		}
		optional := l.left == 0 // a user who may not send PING can read anyway
		if good := e.kind == '+' || optional && e.failed(noPermission); !good {
			return errProtocol
		}
	}
	return nil
}
