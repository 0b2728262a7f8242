package twolevel_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
)

// TestFarPanics checks that neither a lease nor a near copy stays if far panics, as an encoder of values may.
func TestFarPanics(t *testing.T) {
	for _, way := range layertest.SetWays[int]() {
		if strings.HasPrefix(way.Name, "Fill") { // the caller releases the lease
			continue
		}
		t.Run(way.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := &panicking{Forward: ctxcache.NewForward(newNear(), ctxcache.Description{})}
				near := newNear()
				c := follows(t, near, intCache(far), nil)
				layertest.MustSet(t, c, "k", 1)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 1)
				far.panics = true
				func() {
					defer func() {
						if recover() == nil {
							t.Error("no panic")
						}
					}()
					_ = way.Write(t.Context(), c, "k", ctxcache.NewEntry(2, time.Hour))
				}()
				wantMiss(t, near, "k")
				wantFree(t, near, "k")
			})
		})
	}
}

type panicking struct {
	ctxcache.Forward[string, int]
	panics bool
}

func (c *panicking) Set(ctx context.Context, key string, value int, ttl time.Duration) error {
	c.panic()
	return c.Forward.Set(ctx, key, value, ttl)
}

func (c *panicking) SetEntry(ctx context.Context, key string, e ctxcache.Entry[int]) error {
	c.panic()
	return c.Forward.SetEntry(ctx, key, e)
}

func (c *panicking) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[int]) error {
	c.panic()
	return c.Forward.SetEntries(ctx, entries)
}

func (c *panicking) panic() {
	if c.panics {
		panic("far panics")
	}
}
