package latecopies

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/internal/testserver"
)

// Held is the first copy of one or several commands, which the proxy holds back.
type Held struct {
	proxy *Proxy
	match Match
	lose  bool          // deliver at once, and hang up
	held  chan struct{} // closed when the proxy has all commands; conn and raw are set before
	conn  *conn
	raw   []byte

	// The connection that has the first command changes missing until held is closed.
	missing int // how many commands are not there yet

	claimed  atomic.Bool // a connection has the first command
	released atomic.Bool // Release was called
}

// Hold holds back the first command that m picks, until Release. Other copies of the command pass. Nothing else passes
// on the connection of the held command: later commands on it are lost, and the client gets no more replies on it.
func (p *Proxy) Hold(m Match) *Held { return p.HoldBatch(m, 1) }

// HoldBatch is Hold for a pipeline. It holds back the first command that m picks, and all that follows on the same
// connection up to the n-th that m picks.
func (p *Proxy) HoldBatch(m Match, n int) *Held {
	return p.add(&Held{proxy: p, match: m, missing: n, held: make(chan struct{})})
}

// LoseReply passes the first command that m picks, and loses its reply. When the server has carried out the command, the
// proxy hangs up. Held of the result is closed then.
func (p *Proxy) LoseReply(m Match) *Held {
	return p.add(&Held{proxy: p, match: m, missing: 1, lose: true, held: make(chan struct{})})
}

func (p *Proxy) add(h *Held) *Held {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.holds = append(p.holds, h)
	return h
}

// Held is closed when the proxy has the commands.
func (h *Held) Held() <-chan struct{} { return h.held }

// Await returns when the proxy has the commands. It fails the test if they do not come.
func (h *Held) Await() {
	h.proxy.t.Helper()
	select {
	case <-h.held:
	case <-time.After(testserver.Patience):
		h.proxy.t.Fatal("the client did not send the command that the proxy should hold")
	}
}

// HangUp ends the connection that the held commands came on. The client then fails, or tries again, without waiting for
// its timeout. The commands stay held.
func (h *Held) HangUp() {
	h.Await()
	h.conn.hangUp(h.conn.client)
}

// Release passes the held commands to the server. It returns the server's replies when the server has carried them out.
// It must be called once at most, and not after LoseReply.
func (h *Held) Release() (replies string) {
	h.proxy.t.Helper()
	h.Await()
	if h.released.Swap(true) || h.lose {
		h.proxy.t.Fatal("the held commands were already released")
	}
	replies, err := h.deliver()
	if err != nil {
		h.proxy.t.Fatalf("the server did not carry out the held commands: %v", err)
	}
	return replies
}

// deliver sends the held commands, and then the end of the connection. The server carries out all commands before it
// sees the end and ends the connection, too. So the last reply is there when the connection ends.
func (h *Held) deliver() (replies string, err error) {
	c := h.conn
	c.mute()
	if err := c.server.SetDeadline(time.Now().Add(testserver.Patience)); err != nil {
		return "", err
	}
	if _, err := c.server.Write(h.raw); err != nil {
		return "", err
	}
	if err := c.server.(*net.TCPConn).CloseWrite(); err != nil {
		return "", err
	}
	<-c.ended
	return c.kept.String(), c.failure
}
