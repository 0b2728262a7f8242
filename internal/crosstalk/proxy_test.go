package crosstalk_test

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// longestDelay is how long the proxy may delay a reply that does not stall.
const longestDelay = 100 * time.Millisecond

// proxy stands between clients and a server, and delays the server's replies.
type proxy struct {
	server  string        // its address
	stall   time.Duration // the delay of one in eight replies, or 0
	running sync.WaitGroup
}

// startProxy starts a proxy in front of a server, and returns its address. The proxy ends with the test, after the
// clients that use it.
func startProxy(t *testing.T, server string, stall time.Duration, seed uint64) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{server: server, stall: stall}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context())) // the test's context would end before the cleanups run
	p.running.Go(func() {
		for n := uint64(0); ; n++ {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			p.running.Go(func() { p.serve(ctx, client, rand.New(rand.NewPCG(seed, n))) })
		}
	})
	t.Cleanup(func() {
		cancel()
		must(t, listener.Close())
		p.running.Wait()
	})
	return listener.Addr().String()
}

// serve connects client with the server until one of them hangs up.
func (p *proxy) serve(ctx context.Context, client net.Conn, r *rand.Rand) {
	defer client.Close()
	server, err := new(net.Dialer).DialContext(ctx, "tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() {
		client.Close()
		server.Close()
	})
	p.running.Go(func() {
		defer cancel()
		_, _ = io.Copy(server, client) // until one of them hangs up
	})
	p.passOn(ctx, client, server, r)
}

// passOn passes the server's replies on to the client. It reads one reply at a time, or a part of a long one. One in
// four is sent in two pieces, so that callers also leave in the middle of a reply.
func (p *proxy) passOn(ctx context.Context, client, server net.Conn, r *rand.Rand) {
	reply := make([]byte, 64<<10)
	for {
		n, err := server.Read(reply)
		if err != nil {
			return
		}
		delay, head := time.Duration(r.Int64N(int64(longestDelay))), 0
		if r.IntN(4) == 0 {
			head = r.IntN(n)
		}
		if p.stall > 0 && r.IntN(8) == 0 {
			delay = p.stall
		}
		early := delay * time.Duration(head) / time.Duration(n)
		if !late(ctx, client, reply[:head], early) || !late(ctx, client, reply[head:n], delay-early) {
			return
		}
	}
}

// late waits for delay and then writes p, if it is not empty. It returns false if nobody reads any more.
func late(ctx context.Context, to io.Writer, p []byte, delay time.Duration) bool {
	if len(p) == 0 {
		return true
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return false
	}
	_, err := to.Write(p)
	return err == nil
}
