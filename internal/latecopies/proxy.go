package latecopies

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Proxy stands between clients and a server. It passes everything on, unless it was told otherwise.
type Proxy struct {
	Addr string // host:port, for clients

	t        testing.TB
	protocol Protocol
	target   string
	ctx      context.Context // ends with the test
	running  sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener
	conns    map[*conn]bool // all but those whose command is held
	late     []*conn        // those
	holds    []*Held
	delay    time.Duration
	open     chan struct{} // closed unless BlackHole was called
	problems []error       // for the end of the test
}

// Start starts a proxy in front of the server at addr. The proxy ends with the test. Start it before its clients, so that
// it ends after them.
func Start(t testing.TB, protocol Protocol, addr string) *Proxy {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context())) // the test's context would end before the cleanups run
	p := &Proxy{t: t, protocol: protocol, target: addr, ctx: ctx, conns: make(map[*conn]bool), open: make(chan struct{})}
	close(p.open)
	p.listen("127.0.0.1:0")
	p.Addr = p.listener.Addr().String()
	t.Cleanup(func() {
		cancel()
		p.Refuse()
		for _, c := range p.late {
			c.hangUp(c.client, c.server)
		}
		p.running.Wait()
		for _, err := range p.problems {
			t.Errorf("the proxy failed: %v", err)
		}
	})
	return p
}

// Delay makes every reply wait for d. The commands reach the server at once.
func (p *Proxy) Delay(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// Cut hangs up on every client, but accepts new connections. Held commands stay held.
func (p *Proxy) Cut() {
	p.mu.Lock()
	cut := p.conns
	p.conns = make(map[*conn]bool)
	p.mu.Unlock()
	for c := range cut {
		c.hangUp(c.client, c.server)
	}
}

// Refuse refuses new connections, and hangs up on every client.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	listener := p.listener
	p.listener = nil
	p.mu.Unlock()
	if listener != nil {
		p.note(listener.Close())
	}
	p.Cut()
}

// BlackHole passes nothing on in either direction. Connections stay open, and new ones are made, as by the kernel of a
// server that hangs.
func (p *Proxy) BlackHole() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.open:
		p.open = make(chan struct{})
	default:
	}
}

// Heal ends BlackHole and Refuse. What clients have sent into the black hole reaches the server now.
func (p *Proxy) Heal() {
	p.t.Helper()
	p.mu.Lock()
	refused := p.listener == nil
	select {
	case <-p.open:
	default:
		close(p.open)
	}
	p.mu.Unlock()
	if refused {
		p.listen(p.Addr)
	}
}

// listen accepts connections at addr until Refuse.
func (p *Proxy) listen(addr string) {
	p.t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listener = listener
	p.running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				p.note(err)
				return
			}
			p.running.Go(func() { p.serve(client) })
		}
	})
}

// serve connects a client with the server.
func (p *Proxy) serve(client net.Conn) {
	c := &conn{proxy: p, client: client, ended: make(chan struct{})}
	server, err := new(net.Dialer).DialContext(p.ctx, "tcp", p.target)
	if err != nil { // a server that is down refuses its clients; so does the proxy
		c.hangUp(client)
		return
	}
	c.server = server
	p.mu.Lock()
	p.conns[c] = true
	refused := p.listener == nil
	p.mu.Unlock()
	if refused { // Refuse may have come before c was there to cut
		c.hangUp(client, server)
	}
	p.running.Go(func() { c.replies(p.ctx) })
	c.requests(p.ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// claim returns the first hold that waits for such a command, or nil. It calls matches without p.mu, because they may
// block.
func (p *Proxy) claim(cmd Command) *Held {
	p.mu.Lock()
	holds := p.holds
	p.mu.Unlock()
	for _, h := range holds {
		if !h.claimed.Load() && h.match(cmd) && h.claimed.CompareAndSwap(false, true) {
			return h
		}
	}
	return nil
}

// forget makes c a connection whose command is held.
func (p *Proxy) forget(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	p.late = append(p.late, c)
}

// passable returns when the proxy is not a black hole. It returns false if ctx ended before.
func (p *Proxy) passable(ctx context.Context) bool {
	p.mu.Lock()
	open := p.open
	p.mu.Unlock()
	select {
	case <-open:
		return true
	case <-ctx.Done():
		return false
	}
}

func (p *Proxy) delayed() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delay
}

// note keeps err for the end of the test, unless it means that a client or a server ended its connection.
func (p *Proxy) note(err error) {
	for _, usual := range []error{nil, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, usual) {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.problems = append(p.problems, err)
}
