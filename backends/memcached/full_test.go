package memcached_test

import (
	"context"
	"strconv"
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
	for _, kind := range leaseKinds {
		for _, s := range append(spenders[2:len(spenders):len(spenders)], removing) {
			t.Run(kind.name+"/"+s.Name, func(t *testing.T) {
				t.Parallel()
				server := memcachedtest.Start(t, "-M", "-m", "2")
				// A full server cannot renew a marker, and filling it takes a while.
				cache, client := newCache(t, server, &memcached.Options{LeaseTTL: time.Hour}), newClient(t, server)
				l := kind.take(t, cache, "key")
				for size := 0; size < 100; size += 10 { // of the sizes of the server's smallest chunks
					var err error
					for i := 0; err == nil; i++ {
						err = client.Set(&memcache.Item{Key: strconv.Itoa(size) + "-" + strconv.Itoa(i), Value: make([]byte, size)})
					}
					if !strings.Contains(err.Error(), "out of memory") {
						t.Fatal(err)
					}
				}
				must(t, s.Call(t.Context(), cache, "key", l))
				got, err := cache.Get(t.Context(), "key")
				if want := after(map[string]int{"Absent": 0, "Present": 1}[kind.name], s); string(got) != want || (err == ctxcache.ErrMiss) != (want == "") {
					t.Errorf("%s leaves %q, %v, want %q", s.Name, got, err, want)
				}
			})
		}
	}
}
