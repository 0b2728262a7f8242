package cached_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// unwatched is a cluster that does not report its changes.
type unwatched struct{ *cluster[string] }

func (c unwatched) Supports() ctxcache.Cap { return c.cluster.Supports() &^ ctxcache.CapWatch }

// Over a cache that reports its changes, a load that waits for another process gets the value at once, and not at the next
// poll. The watch ends when nobody waits any more.
func TestFuncOncePerClusterWatches(t *testing.T) {
	for name, process := range map[string]func(*cluster[string]) ctxcache.Cache[string, string]{
		"watched":   func(c *cluster[string]) ctxcache.Cache[string, string] { return c },
		"unwatched": func(c *cluster[string]) ctxcache.Cache[string, string] { return unwatched{c} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, store := newOrigin("k", "v"), newCluster()
				began, slowest := time.Now(), make(chan time.Duration, 8)
				var all sync.WaitGroup
				var functions []*cached.Function[string, string]
				for range cap(slowest) {
					f := cached.Func(process(store), slowly(s), &cached.Options{TTL: time.Hour, OncePerCluster: true})
					functions = append(functions, f)
					all.Go(func() {
						value, err := f.Get(t.Context(), "k")
						expect(t, value, err, "v", nil)
						slowest <- time.Since(began)
					})
				}
				all.Wait()
				s.expect(t, 1)
				late := time.Duration(0)
				for range cap(slowest) {
					late = max(late, <-slowest-time.Second)
				}
				if atOnce := late <= time.Millisecond; atOnce != (name == "watched") {
					t.Errorf("the last one got the value %v after it was stored", late)
				}
				synctest.Wait()
				for _, f := range functions {
					if err := f.Close(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}
