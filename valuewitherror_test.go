package cached_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// A loader may return a value with its error, such as the part that it could get. All callers get both, as those of a
// Flight do. The value is never stored.
func TestFuncReturnsTheValueThatComesWithAnError(t *testing.T) {
	half := errors.New("half of it")
	for name, fails := range map[string]error{
		"an error": half, "ErrNotFound": ctxcache.ErrNotFound, "wrapped": fmt.Errorf("users: %w", half),
	} {
		for cacheName, cache := range map[string]func() ctxcache.Cache[string, string]{
			"leases":    func() ctxcache.Cache[string, string] { return newMemory() },
			"no leases": func() ctxcache.Cache[string, string] { return &unleasedStore{over(newMemory())} },
			"down":      func() ctxcache.Cache[string, string] { return newFlaky(errors.New("cache down")) },
		} {
			t.Run(name+"/"+cacheName, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					load := func(context.Context, string) (string, error) { time.Sleep(time.Second); return "half", fails }
					store := cache()
					f := cached.Func(store, load, nil)
					keyed := cached.KeyedFunc(cache(), cached.JSONKeyOf, load, &cached.Options{Tracer: new(events)})
					var flight cached.Flight[string, string]
					calls := make(map[string]<-chan result)
					for i := range 3 {
						calls[fmt.Sprint("Get ", i)] = async(func() (string, error) { return f.Get(t.Context(), "k") })
						calls[fmt.Sprint("Refresh ", i)] = async(func() (string, error) { return f.Refresh(t.Context(), "r") })
						calls[fmt.Sprint("Do ", i)] = do(t.Context(), &flight, "k", func(ctx context.Context) (string, error) {
							return load(ctx, "k")
						})
					}
					calls["KeyedFunc"] = async(func() (string, error) { return keyed.Get(t.Context(), "k") })
					for call, results := range calls {
						if r := <-results; r.value != "half" || !errors.Is(r.err, fails) {
							t.Errorf("%s: got %q, %v", call, r.value, r.err)
						}
					}
					if has, _ := ctxcache.Contains(t.Context(), store, "k"); has {
						t.Error("the value is stored")
					}
				})
			})
		}
	}
}

// Over a cache that copies values, each caller has a value of its own, even with an error. A nil value is not copied.
func TestFuncValueWithAnErrorIsNotSharedOverCloned(t *testing.T) {
	half := errors.New("half of it")
	for _, value := range []*page{{[]int{1}}, nil} {
		synctest.Test(t, func(t *testing.T) {
			cache := layers.Cloned[string](memory.New[string, *page](nil), clonePage) // which panics for nil
			f := cached.Func(cache, func(context.Context, string) (*page, error) {
				time.Sleep(time.Second)
				return value, half
			}, nil)
			got := make(chan *page, 8)
			for range cap(got) {
				go func() {
					p, err := f.Get(t.Context(), "k")
					if err != half {
						t.Error(err)
					}
					got <- p
				}()
			}
			seen := make(map[*page]bool)
			for range cap(got) {
				p := <-got
				if value != nil && (p == nil || seen[p]) || value == nil && p != nil {
					t.Errorf("got %p, after %v", p, seen)
				}
				seen[p] = true
			}
		})
	}
}
