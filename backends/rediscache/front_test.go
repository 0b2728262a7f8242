package rediscache_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/internal/redistest"
)

// front accepts connections at an address, and hands each to serve. It stops when the test ends.
func front(t *testing.T, listener net.Listener, serve func(n int, client net.Conn)) (addr string) {
	t.Helper()
	var running sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	running.Go(func() {
		for n := 1; ; n++ {
			client, err := listener.Accept()
			if err != nil {
				return // the test has ended
			}
			mu.Lock()
			open = append(open, client)
			mu.Unlock()
			running.Go(func() {
				defer client.Close()
				serve(n, client)
			})
		}
	})
	t.Cleanup(func() {
		must(t, listener.Close())
		mu.Lock()
		for _, client := range open {
			_ = client.Close() // most are closed already
		}
		mu.Unlock()
		running.Wait()
	})
	return listener.Addr().String()
}

// relay passes a connection on to a server, until one of them ends.
func relay(client net.Conn, addr string) {
	server, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer server.Close()
	var running sync.WaitGroup
	running.Go(func() {
		_, _ = io.Copy(server, client) // the client ends it
		_ = server.Close()             // so that the other copy ends
	})
	_, _ = io.Copy(client, server)
	_ = client.Close()
	running.Wait()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return listener
}

// encrypted returns the address of a front with TLS of a server.
func encrypted(t *testing.T, server *redistest.Server) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return front(t, tls.NewListener(listen(t), config), func(_ int, client net.Conn) { relay(client, server.Addr) })
}

// peeked is a connection with a part that was read already.
type peeked struct {
	net.Conn
	in *bufio.Reader
}

func (p peeked) Read(b []byte) (int, error) { return p.in.Read(b) }
