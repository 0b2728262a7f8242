package memcached_test

import (
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// A server that restarts counts CAS IDs from the start again. An item that is set then gets the same ID as an item
// before.
func TestRestartThatRepeatsCASIDs(t *testing.T) {
	for _, kind := range leaseKinds {
		for _, s := range spenders {
			t.Run(kind.name+"/"+s.Name, func(t *testing.T) {
				server := memcachedtest.Start(t)
				options := &memcached.Options{Prefix: "p:"}
				holder := newCache(t, server, options)
				old := kind.take(t, holder, "key")
				before, err := newClient(t, server).Get("p:key")
				must(t, err)
				server.Restart()
				cache := newCache(t, server, options)
				must(t, cache.Set(t.Context(), "key", []byte("newer"), hour))
				after, err := newClient(t, server).Get("p:key")
				must(t, err)
				if after.CasID != before.CasID {
					t.Fatalf("the CAS ID was %d and is %d now, want it to be the same", before.CasID, after.CasID)
				}
				isLost(t, s.Name+" after the restart", s.Call(t.Context(), holder, "key", old))
				holds(t, cache, "key", "newer")
			})
		}
	}
}
