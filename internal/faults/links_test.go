package faults_test

import (
	"context"
	"net"
	"testing"

	"github.com/ctxcache/cached/internal/redistest"
)

// links are the network between a node and the servers: a TCP proxy for each server. Nil links are direct.
type links map[string]*redistest.Proxy // by the address of the server

func newLinks(t *testing.T, addrs []string) links {
	l := make(links)
	for _, addr := range addrs {
		l[addr] = redistest.StartProxy(t, addr)
	}
	return l
}

// addr returns where the node reaches a server.
func (l links) addr(server string) string {
	if proxy := l[server]; proxy != nil {
		return proxy.Addr
	}
	return server
}

// dial connects to a server. Clients of several servers use it, because the servers themselves name their addresses.
func (l links) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, l.addr(addr))
}

func (l links) cut() {
	for _, proxy := range l {
		proxy.Cut()
	}
}

func (l links) silence() {
	for _, proxy := range l {
		proxy.Silence()
	}
}

func (l links) restore() {
	for _, proxy := range l {
		proxy.Restore()
	}
}
