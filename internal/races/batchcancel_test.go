package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/redistest"
)

// longLeases are caches, each on a server of its own. Their leases do not run out within a test.
var longLeases = map[string]func(t *testing.T) (paused, cache){
	"Redis": func(t *testing.T) (paused, cache) {
		server := redistest.Start(t)
		client := server.FailFast(t)
		return server, texts(closed(t, rediscache.New(client, &rediscache.Options{
			LeaseTTL: time.Hour, ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience,
		})))
	},
	"Memcached": func(t *testing.T) (paused, cache) {
		server := memcachedtest.Start(t)
		c, err := memcached.Open(server.Addr, &memcached.Options{
			LeaseTTL: time.Hour, Timeout: memcachedtest.Patience,
			ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience,
		})
		if err != nil {
			t.Fatal(err)
		}
		return server, texts(closed(t, c))
	},
}

// deserting is a cache whose caller leaves when its context is done. Nobody uses the result of the call then, nor gives
// back its leases.
type deserting struct {
	ctxcache.Forward[string, string]
	ended chan struct{} // closed when the call has returned
}

func (c *deserting) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[string], map[string]ctxcache.Lease, error) {
	go func() {
		_, _, _ = c.Forward.GetLeases(context.WithoutCancel(ctx), keys, refreshBelow)
		close(c.ended)
	}()
	<-ctx.Done()
	return nil, nil, ctx.Err()
}

// TestRace28_LeasesOfWhoLeft: a caller asks a server for many leases, and leaves while the server is busy. The server
// grants the leases. They must be given back, so that others can fill before the leases would run out.
func TestRace28_LeasesOfWhoLeft(t *testing.T) {
	for name, start := range longLeases {
		for _, ours := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/ours=%v", name, ours), func(t *testing.T) {
				t.Parallel()
				server, c := start(t)
				if err := c.Set(t.Context(), key, "so that there is a connection", 0); err != nil {
					t.Fatal(err)
				}
				double := &deserting{forward(c), make(chan struct{})}
				asked := cache(double)
				if ours {
					asked = c
				}
				server.Pause()
				asking, leave := context.WithCancel(t.Context())
				caller := async(func() (string, error) {
					_, leases, err := ctxcache.GetLeases(asking, asked, batch, 0)
					return fmt.Sprint(len(leases)), err
				})
				time.AfterFunc(20*time.Millisecond, leave) // probably while the command is in progress; any moment will do
				r := <-caller
				server.Resume()
				if r.value != "0" || !errors.Is(r.err, context.Canceled) {
					t.Fatalf("the caller that left got leases: %v", r)
				}
				if !ours {
					<-double.ended
					if left, err := leasesLeft(t.Context(), c); left == "" || err != nil {
						t.Errorf("nothing goes wrong on the naive double (%v), so this race proves nothing", err)
					}
					return
				}
				waiting, cancel := context.WithTimeout(t.Context(), memcachedtest.Patience) // the leases stand for an hour
				defer cancel()
				for {
					left, err := leasesLeft(t.Context(), c)
					if err != nil {
						t.Fatal(err)
					}
					if left == "" {
						return
					}
					if err := pass(waiting, 10*time.Millisecond); err != nil {
						t.Fatal(left)
					}
				}
			})
		}
	}
}
