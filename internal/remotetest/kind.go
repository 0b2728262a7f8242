package remotetest

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Cache is a cache in servers, with what both backends can do.
type Cache interface {
	ctxcache.Cache[string, []byte]
	ctxcache.RemoveCache[string]
	ctxcache.EntryCache[string, []byte]
	ctxcache.ManyCache[string, []byte]
	ctxcache.LeaseCache[string, []byte]
	ctxcache.StatsCache
	Close() error
}

// Options are those options of the backends that both have.
type Options struct {
	Prefix   string
	LeaseTTL time.Duration
	MaxCalls int
}

// Server is a running server.
type Server interface {
	Stop()
	Restart() // returns when the server answers; the caches of Redis, which share a client, have noticed by then
	Pause()
	Resume()

	// Address is host:port, for Kind.Dial.
	Address() string

	// Cache returns a cache in the server. It is closed when the test ends.
	Cache(t *testing.T, options Options) Cache

	// Marker returns something that is different for each marker of a lease, and each time that it is renewed. It is
	// empty if the stored key has no marker.
	Marker(t *testing.T, stored string) string

	// Pass returns when d has passed on the server's clock.
	Pass(t *testing.T, d time.Duration)
}

// ExactServer is a server that knows when exactly a lease ends.
type ExactServer interface {
	// Deadline returns when a marker ends, by the server's clock. It fails the test if there is no marker.
	Deadline(t *testing.T, stored string) time.Time

	// Now returns the time by the server's clock.
	Now(t *testing.T) time.Time
}

// Kind is a kind of server, with its backend.
type Kind struct {
	Name string // the layer in errors, too

	// LeaseTTL is a short life of leases that a busy machine still renews in time.
	LeaseTTL time.Duration

	// Tick is how far the server's clock may be behind, so that a life is this much shorter.
	Tick time.Duration

	// Start starts a server. It stops when the test ends.
	Start func(t *testing.T) Server

	// Shared returns the server that all tests of the binary share. They must not stop it.
	Shared func(t *testing.T) Server

	// Dial returns a cache in the server at addr, for a process that is not a test.
	Dial func(addr string, options Options) (Cache, error)

	// Operations are a call of every method that talks to the server and does not take a lease.
	Operations []Operation
}

// Kinds are all kinds of servers.
var Kinds = []Kind{Redis, Memcached}

// Each runs a test with each kind of server.
func Each(t *testing.T, test func(t *testing.T, kind Kind)) {
	for _, kind := range Kinds {
		t.Run(kind.Name, func(t *testing.T) { test(t, kind) })
	}
}

// closed closes c when the test ends, and returns c.
func closed[C Cache](t *testing.T, c C) C {
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}
