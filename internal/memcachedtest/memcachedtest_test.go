//go:build unix

package memcachedtest_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"go.uber.org/goleak"

	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(memcachedtest.Main(m)) }

// newClient returns a client that is closed when t ends.
func newClient(t *testing.T, server *memcachedtest.Server) *memcache.Client {
	t.Helper()
	client := memcache.New(server.Addr)
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Errorf("closing the client: %v", err)
		}
	})
	return client
}

func TestStartIsPrivateAndStops(t *testing.T) {
	memcachedtest.Shared(t) // skips the test if memcached is not installed
	var first, second *memcachedtest.Server
	t.Run("running", func(t *testing.T) {
		first, second = memcachedtest.Start(t), memcachedtest.Start(t)
		if first.Addr == second.Addr {
			t.Fatalf("two servers have the address %s", first.Addr)
		}
		if err := newClient(t, first).Set(&memcache.Item{Key: "k"}); err != nil {
			t.Fatal(err)
		}
		if _, err := newClient(t, second).Get("k"); err != memcache.ErrCacheMiss {
			t.Fatalf("the second server answers %v for a key of the first, want a miss", err)
		}
	})
	for _, server := range []*memcachedtest.Server{first, second} {
		if conn, err := net.Dial("tcp", server.Addr); err == nil {
			conn.Close()
			t.Errorf("the server at %s outlives its test", server.Addr)
		}
	}
}

func TestPauseAndResume(t *testing.T) {
	server := memcachedtest.Start(t)
	client := newClient(t, server)
	client.Timeout = 50 * time.Millisecond
	if err := client.Ping(); err != nil {
		t.Fatal(err)
	}
	server.Pause()
	var timeout net.Error
	if err := client.Ping(); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Fatalf("a call to a paused server returns %v, want a timeout", err)
	}
	server.Resume()
	client.Timeout = 10 * time.Second
	if err := client.Ping(); err != nil {
		t.Fatalf("after Resume: %v", err)
	}
}

func TestStopAndRestart(t *testing.T) {
	server := memcachedtest.Start(t)
	if err := newClient(t, server).Set(&memcache.Item{Key: "k"}); err != nil {
		t.Fatal(err)
	}
	addr := server.Addr
	server.Stop()
	if err := newClient(t, server).Ping(); err == nil {
		t.Fatal("a stopped server answers")
	}
	server.Restart()
	if server.Addr != addr {
		t.Fatalf("restarted at %s, was at %s", server.Addr, addr)
	}
	if _, err := newClient(t, server).Get("k"); err != memcache.ErrCacheMiss {
		t.Fatalf("restarted with old keys: %v", err)
	}
}

func TestSharedIsOneServer(t *testing.T) {
	if first, second := memcachedtest.Shared(t), memcachedtest.Shared(t); first.Addr != second.Addr {
		t.Fatalf("two shared servers: %s and %s", first.Addr, second.Addr)
	}
	if err := newClient(t, memcachedtest.Shared(t)).Ping(); err != nil {
		t.Fatal(err)
	}
}

func TestStartPassesArguments(t *testing.T) {
	client := newClient(t, memcachedtest.Start(t, "-C")) // without CAS
	if err := client.Set(&memcache.Item{Key: "k"}); err != nil {
		t.Fatal(err)
	}
	if item, err := client.Get("k"); err != nil || item.CasID != 0 {
		t.Fatalf("the item is %+v, %v", item, err)
	}
}
