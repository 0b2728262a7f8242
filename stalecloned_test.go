package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// Over Cloned, a caller modifies the stale value that it has got, while the load behind it looks at the previous value, and
// stores that again. The two are not the same value.
func TestFuncPreviousIsNotTheCallersValueOverCloned(t *testing.T) {
	type pageCache = ctxcache.Cache[string, *page]
	for name, opts := range map[string]*cached.Options{
		"stale":    {TTL: 10 * time.Second, StaleFor: time.Hour},
		"fallback": {TTL: 10 * time.Second, StaleIfError: time.Hour, SoftTimeout: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := memory.New[string, *page](nil)
				bare := struct {
					pageCache
					ctxcache.EntryCache[string, *page]
				}{m, m}
				first, open := true, make(chan struct{})
				f := cached.Func(layers.Cloned[string, *page](bare, clonePage), func(ctx context.Context, _ string) (*page, error) {
					if first {
						first = false
						return &page{rows: []int{1}}, nil
					}
					<-open
					handle := cached.LoadOf[*page](ctx)
					if old, had := handle.Previous(); !had || old.Value.rows[0] != 1 {
						t.Errorf("the previous value is %v, %v", old.Value, had)
					}
					return handle.NotModified()
				}, opts)
				if _, err := f.Get(t.Context(), "k"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(20 * time.Second)
				p, err := f.Get(t.Context(), "k")
				if err != nil {
					t.Fatal(err)
				}
				p.rows[0] = 100
				close(open)
				synctest.Wait()
				if p, err = f.Get(t.Context(), "k"); err != nil || p.rows[0] != 1 {
					t.Errorf("got %v, %v", p, err)
				}
			})
		})
	}
}
