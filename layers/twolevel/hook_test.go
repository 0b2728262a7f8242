package twolevel_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// OnFarError is code of the user, and may panic. Near's part of the operation must be done by then: far may have done its
// part before it failed, so the near copy may be old.
func TestPanickingHookLeavesNoOldCopy(t *testing.T) {
	for name, call := range map[string]func(ctx context.Context, c ctxcache.Cache[string, int]) error{
		"Set": func(ctx context.Context, c ctxcache.Cache[string, int]) error { return c.Set(ctx, "k", 2, time.Hour) },
		"SetMany": func(ctx context.Context, c ctxcache.Cache[string, int]) error {
			return ctxcache.SetMany(ctx, c, map[string]int{"k": 2}, time.Hour)
		},
		"Delete": func(ctx context.Context, c ctxcache.Cache[string, int]) error { return c.Delete(ctx, "k") },
		"Remove": func(ctx context.Context, c ctxcache.Cache[string, int]) error {
			_, err := ctxcache.Remove(ctx, c, "k")
			return err
		},
		"DeleteMany": func(ctx context.Context, c ctxcache.Cache[string, int]) error {
			return ctxcache.DeleteMany(ctx, c, []string{"k"})
		},
		"Clear": func(ctx context.Context, c ctxcache.Cache[string, int]) error { return ctxcache.Clear(ctx, c) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newTwoLevels(&twolevel.Options{OnFarError: func(context.Context, error) { panic("broken") }})
			layertest.MustSet(t, l.cache, "k", 1)
			l.farFault.Fail(errors.New("far is down"), cachetest.On())
			func() {
				defer func() {
					if recover() == nil {
						t.Error("no panic")
					}
				}()
				_ = call(t.Context(), l.cache)
			}()
			wantMiss(t, l.near, "k")
		})
	}
}

// sparse is a cache that returns no maps if they would be empty.
type sparse struct{ ctxcache.Forward[string, int] }

func (c sparse) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[int], error) {
	found, err := c.Forward.GetEntries(ctx, keys)
	return unlessEmpty(found), err
}

func (c sparse) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[int], map[string]ctxcache.Lease, error) {
	found, leases, err := c.Forward.GetLeases(ctx, keys, refreshBelow)
	return unlessEmpty(found), unlessEmpty(leases), err
}

func unlessEmpty[V any](m map[string]V) map[string]V {
	if len(m) == 0 {
		return nil
	}
	return m
}

func TestLevelsThatReturnNoMaps(t *testing.T) {
	newSparse := func() ctxcache.Cache[string, int] {
		return &sparse{ctxcache.NewForward(newMemory[int](), ctxcache.Description{})}
	}
	far := newSparse()
	c := twolevel.New(newSparse(), far, nil)
	ctx := t.Context()
	layertest.MustSet(t, far, "far", 1)
	found, err := c.GetEntries(ctx, []string{"far", "nowhere"})
	if len(found) != 1 || found["far"].Value != 1 || err != nil {
		t.Errorf("GetEntries: %v, %v", found, err)
	}
	layertest.MustSet(t, far, "other", 2)
	found, leases, err := c.GetLeases(ctx, []string{"far", "other", "nowhere"}, 0)
	if len(found) != 2 || len(leases) != 1 || !leases["nowhere"].Granted() || err != nil {
		t.Errorf("GetLeases: %v, %v, %v", found, leases, err)
	}
	found, err = c.GetEntries(ctx, []string{"nowhere"})
	if len(found) != 0 || err != nil {
		t.Errorf("GetEntries of an absent key: %v, %v", found, err)
	}
}

// An iteration begins when it is ranged over.
func TestKeysBeginWithTheLoop(t *testing.T) {
	c := twolevel.New(newMemory[int](), newMemory[int](), nil)
	layertest.MustSet(t, ctxcache.Cache[string, int](c), "k", 1)
	keys := c.Keys(t.Context(), ctxcache.Scope[string]{})
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for key, err := range keys {
		if key != "" || !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("after Close the loop has %q, %v", key, err)
		}
	}
}

// TestHookFindsNearsLeaseFree checks that a read has ended near's lease before it calls OnFarError, which may be slow or
// panic.
func TestHookFindsNearsLeaseFree(t *testing.T) {
	for _, way := range layertest.ReadWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			calls := 0
			var l *twoLevels
			l = newTwoLevels(&twolevel.Options{OnFarError: func(context.Context, error) {
				calls++
				wantFree(t, l.near, "k")
			}})
			l.farFault.Fail(errFar, cachetest.On())
			if _, err := way.Read(t.Context(), l.cache, "k"); !errors.Is(err, errFar) {
				t.Errorf("%s = %v, want far's error", way.Name, err)
			}
			if calls != 1 {
				t.Errorf("OnFarError was called %d times", calls)
			}
		})
	}
}
