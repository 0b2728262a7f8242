package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// connectTimeout is how long it may take to connect and to LISTEN.
const connectTimeout = 10 * time.Second

// connection is a connection that listens. It has no goroutine. It is taken from pgx: pgx would close a connection that has
// failed on a goroutine of its own, which may take 15 seconds.
type connection struct {
	net      net.Conn
	frontend *pgproto3.Frontend
	channel  string
	half     time.Duration // half of the WatchTimeout
	asked    bool          // the server has not answered yet
}

// connect makes a connection with the pool's configuration.
func (s *Source) connect(ctx context.Context) (_ *pgx.Conn, err error) {
	pooled := s.pool.Config() // a copy
	config := pooled.ConnConfig
	config.OnNotification = nil
	if pooled.BeforeConnect != nil {
		if err := pooled.BeforeConnect(ctx, config); err != nil {
			return nil, fmt.Errorf("BeforeConnect: %w", err)
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if pooled.AfterConnect != nil {
		if err := pooled.AfterConnect(ctx, conn); err != nil {
			return nil, errors.Join(fmt.Errorf("AfterConnect: %w", err), conn.Close(ctx))
		}
	}
	return conn, nil
}

// listen returns a connection that listens.
func (s *Source) listen(ctx context.Context) (*connection, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, connectTimeout, errSilent)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, timedOut(ctx, err)
	}
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{s.channel}.Sanitize()); err != nil {
		return nil, timedOut(ctx, errors.Join(err, conn.Close(ctx)))
	}
	if err := conn.PgConn().SyncConn(ctx); err != nil { // Hijack needs that
		return nil, timedOut(ctx, errors.Join(err, conn.Close(ctx)))
	}
	hijacked, err := conn.PgConn().Hijack()
	if err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return &connection{net: hijacked.Conn, frontend: hijacked.Frontend, channel: s.channel, half: s.timeout / 2}, nil
}

// timedOut returns err, or the cause of ctx if that is done.
func timedOut(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// next waits for a notification of the channel, and returns its payload. While none comes, it asks the server for a sign of
// life. The pool's AfterConnect may have made the connection listen to other channels, too.
func (c *connection) next(ctx context.Context) (payload string, err error) {
	for {
		if err := c.net.SetReadDeadline(time.Now().Add(c.half)); err != nil {
			return "", err
		}
		if ctx.Err() != nil { // after SetReadDeadline, which may have undone an interrupt
			return "", ctx.Err()
		}
		message, err := c.frontend.Receive()
		switch timeout, ok := errors.AsType[net.Error](err); {
		case err == nil:
		case !ok || !timeout.Timeout():
			return "", err
		case ctx.Err() != nil:
			return "", ctx.Err()
		case c.asked:
			return "", errSilent
		default:
			if err := c.ask(); err != nil {
				return "", err
			}
			continue
		}
		c.asked = false
		switch message := message.(type) {
		case *pgproto3.NotificationResponse:
			if message.Channel == c.channel {
				return message.Payload, nil
			}
		case *pgproto3.ErrorResponse: // the session ends: idle sessions fail for no other reason
			return "", pgconn.ErrorResponseToPgError(message)
		}
	}
}

// ask sends an empty query.
func (c *connection) ask() error {
	if err := c.net.SetWriteDeadline(time.Now().Add(c.half)); err != nil {
		return err
	}
	c.asked = true
	c.frontend.Send(&pgproto3.Query{String: "-- ping"})
	return c.frontend.Flush()
}

// interrupt makes next return. It may be called concurrently.
func (c *connection) interrupt() {
	_ = c.net.SetReadDeadline(time.Unix(1, 0)) // it fails only if the connection is closed, and then next returns, too
}

// close says goodbye, so that the server does not log a lost connection, and closes the connection.
func (c *connection) close() {
	if c.net.SetWriteDeadline(time.Now().Add(goodbye)) == nil && !c.asked {
		c.frontend.Send(&pgproto3.Terminate{})
		_ = c.frontend.Flush() // the connection may be lost, and closes in any case
	}
	_ = c.net.Close() // nobody reads or writes any more
}

// goodbye is how long it may take to send the last message.
const goodbye = 100 * time.Millisecond
