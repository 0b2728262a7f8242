package redistest

import (
	"bytes"
	"net"
	"sync"
	"testing"
)

// Proxy passes connections on to a server. It can hold back what a client sends, and deliver it much later: when the
// client has given up, has sent the same again on another connection, and has gone on. It can cut all connections,
// and can lose all that is sent. The network may do that, too.
type Proxy struct {
	Addr string

	target   string
	listener net.Listener
	running  sync.WaitGroup
	stopped  chan struct{}

	mu     sync.Mutex
	open   map[net.Conn]bool // nil after the end
	next   *Held             // nil if nothing is to be held back
	cut    bool              // see Cut
	silent bool              // see Silence
	hangUp []byte            // see HangUpOn
	hungUp int
}

// Held is a piece of what a client has sent, which the proxy holds back.
type Held struct {
	words    []byte
	arrived  chan struct{}
	deliver  chan struct{}
	answered chan struct{}
}

// StartProxy starts a proxy in front of the server at an address. It stops when the test ends.
func StartProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &Proxy{
		Addr: listener.Addr().String(), target: target, listener: listener,
		stopped: make(chan struct{}), open: make(map[net.Conn]bool),
	}
	p.running.Go(p.accept)
	t.Cleanup(p.stop)
	return p
}

// Hold makes the proxy hold back the next piece that has words in it. There can be one at a time.
func (p *Proxy) Hold(words string) *Held {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = &Held{
		words: []byte(words), arrived: make(chan struct{}), deliver: make(chan struct{}), answered: make(chan struct{}),
	}
	return p.next
}

// Arrived is closed when the proxy holds the piece.
func (h *Held) Arrived() <-chan struct{} { return h.arrived }

// Deliver passes the piece on to the server. It returns when the server has begun to answer. There must be a piece.
func (h *Held) Deliver() {
	<-h.arrived
	close(h.deliver)
	<-h.answered
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // the proxy has stopped
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close() // the client sees that the server is down
			continue
		}
		if !p.add(client, server) {
			return
		}
	}
}

// add passes on what a client and a server send, unless the proxy is cut. It returns false if the proxy has stopped.
func (p *Proxy) add(client, server net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil || p.cut {
		_, _ = client.Close(), server.Close() // nobody uses them
		return p.cut
	}
	p.open[client], p.open[server] = true, true
	answers := make(chan struct{}, 1) // has one while there is an answer that requests has not seen
	p.running.Go(func() { p.requests(client, server, answers) })
	p.running.Go(func() { p.answers(client, server, answers) })
	return true
}

// requests passes on what the client sends.
func (p *Proxy) requests(client, server net.Conn, answers chan struct{}) {
	defer p.end(server)
	piece := make([]byte, 1<<20)
	for {
		n, err := client.Read(piece)
		if p.hangsUp(piece[:n]) {
			return
		}
		held := p.holds(piece[:n])
		if held != nil {
			close(held.arrived)
			select {
			case <-held.deliver:
			case <-p.stopped:
				return
			}
			select {
			case <-answers: // an older one
			default:
			}
		}
		if _, failed := server.Write(p.passed(piece[:n])); failed != nil || err != nil && held == nil {
			return
		}
		if held != nil {
			<-answers
			close(held.answered)
		}
	}
}

// holds returns what is held if piece is to be held back, and otherwise nil.
func (p *Proxy) holds(piece []byte) *Held {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := p.next
	if held == nil || !bytes.Contains(piece, held.words) {
		return nil
	}
	p.next = nil
	return held
}

// answers passes on what the server sends. It goes on when the client is gone.
func (p *Proxy) answers(client, server net.Conn, answers chan struct{}) {
	defer p.end(client)
	piece := make([]byte, 1<<20)
	for {
		n, err := server.Read(piece)
		_, _ = client.Write(p.passed(piece[:n])) // the client may be gone
		if n > 0 {
			select {
			case answers <- struct{}{}:
			default:
			}
		}
		if err != nil {
			close(answers)
			return
		}
	}
}

// end closes a connection.
func (p *Proxy) end(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
	_ = conn.Close() // nothing is to be sent any more
}

func (p *Proxy) stop() {
	close(p.stopped)
	p.mu.Lock()
	_ = p.listener.Close() // it only listens
	p.closeAll()           // so that the goroutines end
	p.open, p.cut = nil, false
	p.mu.Unlock()
	p.running.Wait()
}
