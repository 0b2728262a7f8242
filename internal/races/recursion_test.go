package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ctxcache/cached"
)

// TestRace25_RecursiveLoad: a load asks for its own key, directly or through other loads.
func TestRace25_RecursiveLoad(t *testing.T) {
	for name, next := range map[string]map[string]string{
		"itself":        {"a": "a"},
		"through one":   {"a": "b", "b": "a"},
		"through three": {"a": "b", "b": "c", "c": "d", "d": "a"},
	} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				var f function
				f = s.node().function(func(ctx context.Context, key string) (string, error) {
					if next[key] != "a" {
						return f.Get(ctx, next[key])
					}
					asking, waits := waiting(ctx, "cache")
					asked := async(func() (string, error) { return f.Get(asking, "a") })
					select {
					case r := <-asked:
						return r.value, r.err
					case <-waits: // the call waits for a, and a waits for this load: neither can end
						cancel()
						r := <-asked
						return r.value, r.err
					}
				})
				if _, err := f.Get(ctx, "a"); !errors.Is(err, cached.ErrRecursiveLoad) {
					return fmt.Sprintf("the load waited for itself until the test cancelled it: %v", err), nil
				}
				return "", nil
			}).run(t, allStores)
		})
	}
}

// TestRace25_CrossingLoads: two callers begin two loads. Each load asks for the key of the other one.
func TestRace25_CrossingLoads(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		other := map[string]string{"a": "b", "b": "a"}
		loading, bothLoad := make(chan string, 2), make(chan struct{})
		blocked := make(chan string, 2)
		var f function
		f = s.node().function(func(ctx context.Context, key string) (string, error) {
			loading <- key
			<-bothLoad
			asking, waits := waiting(ctx, "cache")
			asked := async(func() (string, error) { return f.Get(asking, other[key]) })
			select {
			case r := <-asked:
				return r.value, r.err
			case <-waits:
				blocked <- key
				r := <-asked
				return r.value, r.err
			}
		})
		replies := make(chan reply, 2)
		for key := range other {
			go func() {
				value, err := f.Get(ctx, key)
				replies <- reply{value, err}
			}()
		}
		for range other {
			if _, err := await(ctx, "the loads", loading); err != nil {
				return "", err
			}
		}
		close(bothLoad)
		for waiting, ended := 0, 0; ended < len(other); {
			select {
			case <-blocked:
				if waiting++; waiting == len(other) {
					cancel()
					return "each of the loads waits for the other", nil
				}
			case r := <-replies:
				ended++
				if !errors.Is(r.err, cached.ErrRecursiveLoad) {
					return "", fmt.Errorf("a load in a cycle got %v, want ErrRecursiveLoad", r)
				}
			}
		}
		return "", nil
	}).run(t, allStores)
}
