package memory_test

import (
	"context"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// A lease that somebody holds does not keep the cache: one kept 70 MB alive when it pointed into its shard.
func TestLeaseDoesNotKeepTheCache(t *testing.T) {
	lease, c := leaseOfACache(t)
	runtime.GC()
	if c.Value() != nil {
		t.Error("the cache is alive, though nobody has more of it than a lease")
	}
	if err := memory.New[string, []byte](nil).Release(t.Context(), "k", lease); err != ctxcache.ErrLeaseLost {
		t.Errorf("Release at another cache: %v, want ErrLeaseLost", err) // so the lease is held until here
	}
}

// leaseOfACache returns a lease of a cache that nobody uses any more.
//
//go:noinline
func leaseOfACache(t *testing.T) (ctxcache.Lease, weak.Pointer[memory.Cache[string, []byte]]) {
	c := memory.New[string, []byte](nil)
	mustSet(t, c, "large", make([]byte, 1<<20), 0)
	lease, alive := mustLease(t, c, "k", 0), weak.Make(c)
	runtime.GC()
	if alive.Value() == nil {
		t.Error("the cache was collected while it was in use")
	}
	runtime.KeepAlive(c)
	return lease, alive
}

// A lease lives with its load, but does not keep what is in the context of the load.
func TestLeaseDoesNotKeepTheContext(t *testing.T) {
	c := memory.New[string, int](nil)
	lease, identity, end := leaseOfALoad(t, c)
	defer end()
	runtime.GC()
	if identity.Value() != nil {
		t.Error("a value of the context is alive, though only the lease is left of it")
	}
	if err := c.Release(t.Context(), "k", lease); err != nil {
		t.Error(err)
	}
}

// leaseOfALoad returns a lease for a load that has a value in its context.
//
//go:noinline
func leaseOfALoad(
	t *testing.T, c *memory.Cache[string, int],
) (lease ctxcache.Lease, identity weak.Pointer[[64]byte], end context.CancelFunc) {
	type key struct{}
	value := new([64]byte)
	parent, end := context.WithTimeout(t.Context(), time.Hour)
	load := context.WithValue(parent, key{}, value)
	return mustGrant(ctxcache.ForLoad(t.Context(), load), t, c, "k"), weak.Make(value), end
}
