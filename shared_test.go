package cached_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

type page struct{ rows []int }

func clonePage(p *page) *page { return &page{append([]int(nil), p.rows...)} }

// Callers of one load modify what they got, as they may over Cloned. The race detector finds a value that two of them
// have, or that is still being stored.
func TestFuncCallersOfOneLoadShareNothingOverCloned(t *testing.T) {
	for name, call := range map[string]func(f *cached.Function[string, *page], ctx context.Context) (*page, error){
		"get": func(f *cached.Function[string, *page], ctx context.Context) (*page, error) { return f.Get(ctx, "k") },
		"refresh": func(f *cached.Function[string, *page], ctx context.Context) (*page, error) {
			return f.Refresh(ctx, "k")
		},
	} {
		for _, delay := range []time.Duration{0, time.Minute} { // of the fill, which then goes on behind
			synctest.Test(t, func(t *testing.T) {
				store := memory.New[string, *page](nil)
				slow := &slowPages{ctxcache.NewForward[string, *page](store, ctxcache.Description{Kind: "slow"}), delay}
				f := cached.Func(layers.Cloned[string](slow, clonePage), func(context.Context, string) (*page, error) {
					time.Sleep(time.Second)
					return &page{[]int{1, 2, 3}}, nil
				}, nil)
				var wg sync.WaitGroup
				var mu sync.Mutex
				seen := map[*page]bool{}
				for range 8 {
					wg.Go(func() {
						p, err := call(f, t.Context())
						if err != nil || len(p.rows) != 3 || p.rows[0] != 1 {
							t.Errorf("%s: got %v, %v", name, p, err)
							return
						}
						p.rows[0] = 100
						p.rows = p.rows[:1]
						mu.Lock()
						defer mu.Unlock()
						if seen[p] {
							t.Errorf("%s: two callers have one value", name)
						}
						seen[p] = true
					})
				}
				wg.Wait()
				if err := f.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				if p, err := store.Get(t.Context(), "k"); err != nil || len(p.rows) != 3 || p.rows[0] != 1 {
					t.Errorf("%s: stored %v, %v", name, p, err)
				}
			})
		}
	}
}

// slowPages delays each fill after it has the value, as a codec or a connection does.
type slowPages struct {
	ctxcache.Forward[string, *page]
	delay time.Duration
}

func (c *slowPages) Timeouts() ctxcache.Timeouts {
	return ctxcache.Timeouts{Read: 100 * time.Millisecond, Write: time.Hour}
}

func (c *slowPages) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[*page]) error {
	time.Sleep(c.delay)
	return c.Forward.Fill(ctx, key, lease, e)
}

// A lone caller gets the loaded value itself: only the cache copies it, to store it.
func TestFuncCopiesForEachCallerButOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, callers := range []int{1, 5} {
			var mu sync.Mutex
			copies := 0
			clone := func(p *page) *page {
				mu.Lock()
				defer mu.Unlock()
				copies++
				return clonePage(p)
			}
			f := cached.Func(layers.Cloned[string](memory.New[string, *page](nil), clone), func(context.Context, string) (*page, error) {
				time.Sleep(time.Second)
				return &page{[]int{1}}, nil
			}, nil)
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					if _, err := f.Get(t.Context(), "k"); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if copies < callers || copies > callers+1 || callers == 1 && copies != 1 {
				t.Errorf("%d copies for %d callers and the cache", copies, callers)
			}
		}
	})
}
