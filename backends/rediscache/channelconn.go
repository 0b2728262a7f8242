package rediscache

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// subscription is the connection of one Watch of a channel. It speaks RESP2, which every server has. One goroutine may
// read it, and another one may send a PING. Any may call interrupt.
type subscription struct {
	wire
	*link
	channel *Channel
}

// subscribe connects, and waits until the server has accepted SUBSCRIBE. It ends with ctx.
func (ch *Channel) subscribe(ctx context.Context) (*subscription, error) {
	options, err := ch.server(ctx)
	if err != nil {
		return nil, err
	}
	l := newLinkIn(ctx, options, 2)
	opened := false
	defer func() {
		if !opened { // an error, or a panic of the client's Dialer or OnConnect
			l.close()
		}
	}()
	stop := context.AfterFunc(ctx, l.interrupt)
	defer stop()
	conn, err := l.connect(ctx, ch.name)
	if err != nil {
		return nil, err
	}
	// The deadlines that go-redis has set were for the handshake. While ctx lives, nothing else limits the wait for the reply.
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	s := &subscription{wire: wire{conn: conn, in: make([]byte, wireBuffer)}, link: l, channel: ch}
	if err := s.accepted(); err != nil {
		return nil, err
	}
	if !stop() {
		return nil, ctx.Err()
	}
	opened = true
	return s, nil
}

// server returns the options of the client of the server that has the channel.
func (ch *Channel) server(ctx context.Context) (*redis.Options, error) {
	if cluster, ok := ch.client.(clusterClient); ok {
		master, err := cluster.MasterForKey(ctx, ch.last)
		if err != nil {
			return nil, err
		}
		return master.Options(), nil
	}
	return ch.client.(singleClient).Options(), nil // see usable
}

// accepted reads the reply to SUBSCRIBE.
func (s *subscription) accepted() error {
	e, err := s.next()
	switch {
	case err != nil:
		return err
	case e.kind == '-':
		return fmt.Errorf("the server refuses SUBSCRIBE: %w", answer(e.text))
	case e.kind != '*':
		return errProtocol
	}
	for range e.n {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	return s.discard()
}

// read reads the next message, or the next answer to PING. It skips what is neither.
func (s *subscription) read() (message, error) {
	for {
		e, err := s.next()
		switch {
		case err != nil:
			return message{}, err
		case e.kind == '-': // to a PING, which the account may not be allowed to send
			return message{pong: true}, nil
		case e.kind != '*' || e.n < 1:
			return message{}, errProtocol
		}
		kind, err := s.text()
		if err != nil {
			return message{}, err
		}
		var last string
		for range e.n - 1 {
			if last, err = s.text(); err != nil {
				return message{}, err
			}
		}
		switch kind {
		case "pong":
			return message{pong: true}, nil
		case "message":
			if m, ok := parseMessage(last); ok {
				return m, nil
			}
		}
	}
}

// text reads a string, or an integer, whose text nobody needs.
func (s *subscription) text() (string, error) {
	e, err := s.next()
	switch {
	case err != nil:
		return "", err
	case e.kind == ':':
		return "", nil
	case e.kind != '$' || e.n < 0:
		return "", errProtocol
	}
	text := make([]byte, e.n)
	if err := s.value(text); err != nil {
		return "", err
	}
	return string(text), nil
}

// ping sends a PING. It waits at most until a time, unless that is zero.
func (s *subscription) ping(until time.Time) error {
	if err := s.wire.conn.SetWriteDeadline(until); err != nil {
		return err
	}
	_, err := s.wire.conn.Write([]byte("*1\r\n$4\r\nPING\r\n"))
	return err
}
