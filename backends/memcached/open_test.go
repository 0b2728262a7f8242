package memcached_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestOpen(t *testing.T) {
	first, second := memcachedtest.Shared(t), memcachedtest.Start(t)
	cache, err := memcached.Open(first.Addr+","+second.Addr, &memcached.Options{Prefix: nextPrefix()})
	must(t, err)
	for _, key := range []string{"a", "b", "c", "d", "e", "f"} {
		must(t, cache.Set(t.Context(), key, []byte(key), hour))
		holds(t, cache, key, key)
	}
	l := absentLease(t, t.Context(), cache, "free")
	must(t, cache.Close())
	must(t, cache.Close())
	for _, operation := range operations() {
		if err := operation.Call(t.Context(), cache); !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("%s after Close: %v", operation.Name, err)
		}
	}
	for _, s := range spenders {
		err := s.Call(t.Context(), cache, "free", l)
		if fills := s.Op == ctxcache.OpFill || s.Op == ctxcache.OpFillMany; fills && !errors.Is(err, ctxcache.ErrClosed) || !fills && err != nil {
			t.Errorf("%s after Close: %v", s.Name, err)
		}
	}
}

func TestOpenUnixSocket(t *testing.T) {
	folder, err := os.MkdirTemp("", "memcached") //nolint:usetesting // the folder of the test has too long a name for a socket
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(folder)) })
	socket := filepath.Join(folder, "s")
	listener, err := net.Listen("unix", socket)
	must(t, err)
	server := serveScripted(t, listener, func(string, string) string { return "STORED\r\n" })
	cache, err := memcached.Open(socket, nil)
	must(t, err)
	defer cache.Close()
	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	if commands := server.commands(); len(commands) != 1 || commands[0] != "set key 0 3600 5" {
		t.Errorf("the server at the socket was sent %q", commands)
	}
}

func TestOpenBadServers(t *testing.T) {
	for _, servers := range []string{"", ",", "localhost", "127.0.0.1:1,", "127.0.0.1:port", "127.0.0.1:99999", "a:1, b:2", "a:", "a:0", "::1"} {
		if _, err := memcached.Open(servers, nil); !errors.Is(err, ctxcache.ErrOptions) {
			t.Errorf("Open(%q): %v, want one that wraps %v", servers, err, ctxcache.ErrOptions)
		}
	}
}

func TestNoServers(t *testing.T) {
	cache := newCacheOver(t, &memcache.ServerList{}, nil)
	for _, operation := range operations() {
		if operation.Name == "ServerStats" { // no servers have no counters, which is not an error
			continue
		}
		err := operation.Call(t.Context(), cache)
		if fails(t, err, operation.Op); !errors.Is(err, memcache.ErrNoServers) {
			t.Errorf("%s: %v", operation.Name, err)
		}
	}
}
