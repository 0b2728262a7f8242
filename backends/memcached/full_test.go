package memcached_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/remotetest"
)

// removing is not about leases, but ends what is under the key in the same way.
var removing = remotetest.Spender{
	Name: "Remove", Op: ctxcache.OpDrop,
	Call: func(ctx context.Context, c remotetest.Cache, key string, _ lease) error {
		return second(c.Remove(ctx, key))
	},
}

// TestLeasesEndOnAFullServer: a Fill that failed for lack of memory must not leave the old value. It uses a server that
// has no room for even the smallest item.
func TestLeasesEndOnAFullServer(t *testing.T) {
	t.Parallel()
	server := memcachedtest.Start(t, "-M", "-m", "2")
	client := newClient(t, server)
	type held struct {
		name, want string
		cache      *cacheOfBytes
		lease      lease
		spend      remotetest.Spender
	}
	var all []held // they are granted before the server is full
	for n, kind := range leaseKinds {
		for _, s := range append(spenders[2:len(spenders):len(spenders)], removing) {
			// A full server cannot renew a marker, and filling it takes a while.
			cache := newCache(t, server, &memcached.Options{Prefix: nextPrefix(), LeaseTTL: time.Hour})
			all = append(all, held{kind.name + "/" + s.Name, after(n, s), cache, kind.take(t, cache, "key"), s})
		}
	}
	for _, h := range all {
		t.Run(h.name, func(t *testing.T) {
			fillUp(t, client) // again, because the call before has made room
			must(t, h.spend.Call(t.Context(), h.cache, "key", h.lease))
			if got, err := h.cache.Get(t.Context(), "key"); string(got) != h.want || (err == ctxcache.ErrMiss) != (h.want == "") {
				t.Errorf("%s leaves %q, %v, want %q", h.spend.Name, got, err, h.want)
			}
		})
	}
}

// fillUp stores items until the server has no room for any item.
func fillUp(t *testing.T, client *memcache.Client) {
	t.Helper()
	for size := 0; size < 100; size += 10 { // of the sizes of the server's smallest chunks
		var err error
		for err == nil {
			err = client.Set(&memcache.Item{Key: nextPrefix(), Value: make([]byte, size)})
		}
		if !strings.Contains(err.Error(), "out of memory") {
			t.Fatal(err)
		}
	}
}
