package latecopies

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// conn is a connection of a client, and the connection to the server that belongs to it.
type conn struct {
	proxy          *Proxy
	client, server net.Conn
	ended          chan struct{} // closed when no more replies come

	mu      sync.Mutex
	muted   bool         // replies are kept, and do not reach the client
	kept    bytes.Buffer // read it when ended is closed
	failure error        // likewise: why the replies ended, if the server did not end them
}

// requests passes commands on until the client hangs up or a command is held.
func (c *conn) requests(ctx context.Context) {
	r := bufio.NewReader(c.client)
	var h *Held // has the first of several commands
	for {
		cmd, raw, err := c.proxy.protocol(r)
		if err != nil {
			c.proxy.note(err)
			c.hangUp(c.client, c.server)
			return
		}
		if h == nil {
			h = c.proxy.claim(cmd)
		}
		if h == nil {
			if c.proxy.passable(ctx) {
				_, err = c.server.Write(raw)
			}
			if err != nil {
				c.hangUp(c.client, c.server)
				return
			}
			continue
		}
		h.raw = append(h.raw, raw...)
		if h.match(cmd) {
			h.missing--
		}
		if h.missing == 0 {
			c.hold(h)
			return
		}
	}
}

// hold completes h.
func (c *conn) hold(h *Held) {
	c.proxy.forget(c) // so that Cut and Refuse leave its connection to the server alone
	h.conn = c
	if h.lose {
		_, err := h.deliver()
		c.proxy.note(err)
		c.hangUp(c.client)
	}
	close(h.held)
}

// replies passes replies on until the server ends the connection.
func (c *conn) replies(ctx context.Context) {
	defer close(c.ended)
	part := make([]byte, 64<<10)
	for {
		n, err := c.server.Read(part)
		if n > 0 && !c.keep(part[:n]) && c.proxy.passable(ctx) && pause(ctx, c.proxy.delayed()) {
			_, _ = c.client.Write(part[:n]) // the client may have hung up, but the server goes on
		}
		if err != nil {
			c.finish(err)
			return
		}
	}
}

// finish hangs up, because there are no more replies. A client whose command is held does not learn of it.
func (c *conn) finish(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.muted {
		c.hangUp(c.client, c.server)
		return
	}
	if err != io.EOF {
		c.failure = err
	}
	c.hangUp(c.server)
}

// mute keeps all further replies from the client.
func (c *conn) mute() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.muted = true
}

// keep keeps the part of a reply if c is muted.
func (c *conn) keep(part []byte) (kept bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.muted {
		c.kept.Write(part)
	}
	return c.muted
}

// hangUp closes ends of the connection. They may be closed already.
func (c *conn) hangUp(ends ...net.Conn) {
	for _, end := range ends {
		if err := end.Close(); !errors.Is(err, net.ErrClosed) {
			c.proxy.note(err)
		}
	}
}

// pause returns when d has passed. It returns false if ctx ended before.
func pause(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
