package twolevel_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestSources runs the suite for sources on the changes of caches in memory, of layers over them, and of two levels.
func TestSources(t *testing.T) {
	for name, newStack := range map[string]func(t *testing.T, far intCache) intCache{
		"memory":   func(_ *testing.T, far intCache) intCache { return far },
		"prefixed": func(_ *testing.T, far intCache) intCache { return layers.Prefixed(far, "p:") },
		"coherent": func(t *testing.T, far intCache) intCache {
			return closing(t, newNear(), far, &twolevel.Options{Coherent: true})
		},
		"two levels that follow a channel": func(t *testing.T, far intCache) intCache {
			return closing(t, newNear(), newRemoteOf(far), &twolevel.Options{Follow: channel{ctxcache.SourceOf(far)}})
		},
		"coherent over coherent": func(t *testing.T, far intCache) intCache {
			inner := closing(t, newNear(), far, &twolevel.Options{Coherent: true})
			return closing(t, newNear(), inner, &twolevel.Options{Coherent: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			cachetest.RunSource(t, func(t *testing.T) cachetest.Stream {
				store := &watchFaults{Forward: ctxcache.NewForward(newNear(), ctxcache.Description{})}
				c := newStack(t, store)
				return cachetest.Stream{
					Source: ctxcache.SourceOf(c),
					Change: func(ctx context.Context, key string) error { return c.Set(ctx, key, 1, time.Hour) },
					Cuts: map[string]func(*testing.T) func(){
						"outage": func(*testing.T) func() {
							store.set(errWatch)
							return func() { store.set(nil) }
						},
					},
				}
			}, cachetest.FakeTime())
		})
	}
}

// closing returns two levels that are closed at the end of the test.
func closing(t *testing.T, near, far intCache, opts *twolevel.Options) intCache {
	c := twolevel.New(near, far, opts)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}
