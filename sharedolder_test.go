package cached_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// Without leases, callers that have joined a load take its result to flights of their own. Over Cloned they share nothing
// all the same.
func TestFuncCallersOfAnOlderResultShareNothingOverCloned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := &leaselessPages{Forward: ctxcache.NewForward[string, *page](memory.New[string, *page](nil), ctxcache.Description{})}
		f := cached.Func(layers.Cloned[string](cache, clonePage), func(context.Context, string) (*page, error) {
			time.Sleep(time.Second)
			return &page{[]int{1}}, nil
		}, nil)
		pages := make(chan *page)
		for range 4 {
			go func() {
				p, err := f.Get(t.Context(), "k")
				if err != nil {
					t.Error(err)
				}
				pages <- p
			}()
			synctest.Wait() // the others join the first
		}
		seen := map[*page]bool{}
		for range 4 {
			p := <-pages
			if seen[p] {
				t.Error("two callers have one value")
			}
			seen[p] = true
		}
	})
}

// leaselessPages refuses all leases. Each read takes longer than the one before, so that no caller joins another one's flight.
type leaselessPages struct {
	ctxcache.Forward[string, *page]
	reads atomic.Int64
}

func (c *leaselessPages) Get(ctx context.Context, key string) (*page, error) {
	time.Sleep(time.Duration(c.reads.Add(1)) * time.Millisecond)
	return c.Forward.Get(ctx, key)
}

func (c *leaselessPages) GetLease(
	ctx context.Context, key string, _ time.Duration,
) (ctxcache.Entry[*page], ctxcache.Lease, error) {
	e, err := c.GetEntry(ctx, key)
	return e, ctxcache.NoLease(ctxcache.Unavailable), err
}
