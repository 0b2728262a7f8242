package twolevel_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestClose checks that even reads that near could answer fail after Close, and that near and far stay open.
func TestClose(t *testing.T) {
	for name, opts := range map[string]*twolevel.Options{"plain": nil, "coherent": {Coherent: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := newNear(), newNear()
				c := twolevel.New(near, far, opts)
				synctest.Wait()
				layertest.MustSet(t, far, "k", 1)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 1)
				layertest.WantValue(t, near, "k", 1)
				held := mustLeases(t, c, "filled", "released", "many", "dropped", "lost")
				layertest.MustSet(t, far, "lost", 1)
				for range 2 {
					if err := c.Close(); err != nil {
						t.Errorf("Close: %v", err)
					}
				}
				for _, way := range layertest.ReadWays[int]() {
					if _, err := way.Read(t.Context(), c, "k"); !errors.Is(err, ctxcache.ErrClosed) {
						t.Errorf("%s after Close: %v, want ErrClosed", way.Name, err)
					}
				}
				if _, err := ctxcache.Contains(t.Context(), c, "k"); !errors.Is(err, ctxcache.ErrClosed) {
					t.Errorf("Contains after Close: %v, want ErrClosed", err)
				}
				entry := ctxcache.NewEntry(1, time.Hour)
				if err := ctxcache.Fill(t.Context(), c, "filled", held["filled"], entry); !errors.Is(err, ctxcache.ErrClosed) {
					t.Errorf("Fill after Close: %v, want ErrClosed", err)
				}
				many := map[string]ctxcache.Lease{"many": held["many"], "lost": held["lost"]}
				for op, err := range map[ctxcache.Operation]error{
					ctxcache.OpRelease:     ctxcache.Release(t.Context(), c, "released", held["released"]),
					ctxcache.OpReleaseMany: ctxcache.ReleaseMany(t.Context(), c, many),
					ctxcache.OpDrop:        ctxcache.Drop(t.Context(), c, "dropped", held["dropped"]),
				} {
					if err != nil {
						t.Errorf("%s after Close: %v", op, err)
					}
				}
				if err := ctxcache.Release(t.Context(), c, "lost", held["lost"]); err != nil {
					t.Errorf("Release of a lost lease, after Close: %v", err)
				}
				for _, key := range []string{"released", "many", "dropped"} {
					wantFree(t, near, key)
					wantFree(t, far, key)
				}
				layertest.WantValue(t, far, "k", 1)
			})
		})
	}
}

// TestClosedContextFirst checks that a call with a done context returns the context's error, not ErrClosed.
func TestClosedContextFirst(t *testing.T) {
	c := twolevel.New(newNear(), newNear(), nil)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Get(ctx, "k"); err != context.Canceled {
		t.Errorf("Get: %v", err)
	}
}

// TestEndsAfterClose checks that Release and Drop return nil after Close even if far and near fail, and that OnFarError
// is not called then. Near's part ends if near can be reached.
func TestEndsAfterClose(t *testing.T) {
	for name, resilient := range map[string]bool{"plain": false, "resilient": true} {
		t.Run(name, func(t *testing.T) {
			var told reports
			l := newTwoLevels(&twolevel.Options{Resilient: resilient, OnFarError: told.add})
			held := mustLeases(t, l.cache, "released", "many", "dropped", "with near down")
			if err := ctxcache.Close(l.cache); err != nil {
				t.Fatal(err)
			}
			l.farFault.Fail(errFar, cachetest.On())
			for op, err := range map[ctxcache.Operation]error{
				ctxcache.OpRelease:     ctxcache.Release(t.Context(), l.cache, "released", held["released"]),
				ctxcache.OpReleaseMany: ctxcache.ReleaseMany(t.Context(), l.cache, map[string]ctxcache.Lease{"many": held["many"]}),
				ctxcache.OpDrop:        ctxcache.Drop(t.Context(), l.cache, "dropped", held["dropped"]),
			} {
				if err != nil {
					t.Errorf("%s after Close: %v", op, err)
				}
			}
			for _, key := range []string{"released", "many", "dropped"} {
				wantFree(t, l.near, key)
			}
			l.nearFault.Fail(errors.New("near is down"), cachetest.On())
			if err := ctxcache.Release(t.Context(), l.cache, "with near down", held["with near down"]); err != nil {
				t.Errorf("Release after Close: %v", err)
			}
			if errs := told.take(); len(errs) > 0 {
				t.Errorf("OnFarError got %v", errs)
			}
		})
	}
}
