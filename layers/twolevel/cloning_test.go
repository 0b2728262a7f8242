package twolevel_test

import (
	"bytes"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// wantOne checks that a cache has an unmodified value, and returns it.
func wantOne(t *testing.T, what string, got []byte, err error) []byte {
	t.Helper()
	if err != nil || len(got) != 1 || got[0] != 1 {
		t.Fatalf("%s: %v, %v; want 1", what, got, err)
	}
	return got
}

// clonedLevels are two levels of which at least one copies values.
var clonedLevels = map[string]struct{ near, far bool }{
	"near": {near: true},
	"far":  {far: true},
	"both": {near: true, far: true},
}

// levelOfBytes returns a memory cache, and the same cache as a level that copies values if clones says so.
func levelOfBytes(clones bool) (store, level bytesCache) {
	store = newMemory[[]byte]()
	if clones {
		return store, layers.Cloned(store, bytes.Clone)
	}
	return store, store
}

// TestCallersOfClonedLevelsShareNothing checks that a caller that modifies a value which it got, or gave, changes nobody
// else's, although one of the levels shares values.
func TestCallersOfClonedLevelsShareNothing(t *testing.T) {
	entry := func(value []byte) ctxcache.Entry[[]byte] { return ctxcache.NewEntry(value, time.Hour) }
	for name, clones := range clonedLevels {
		t.Run(name, func(t *testing.T) {
			for _, way := range layertest.ReadWays[[]byte]() {
				t.Run(way.Name, func(t *testing.T) {
					nearStore, near := levelOfBytes(clones.near)
					farStore, far := levelOfBytes(clones.far)
					c := twolevel.New(near, far, nil)
					layertest.MustSet(t, farStore, "k", []byte{1})
					for _, from := range []string{"far", "near", "near again"} {
						got, err := way.Read(t.Context(), c, "k")
						wantOne(t, from, got, err)[0]++
					}
					got, err := nearStore.Get(t.Context(), "k")
					wantOne(t, "in near", got, err)
					got, err = farStore.Get(t.Context(), "k")
					wantOne(t, "in far", got, err)
				})
			}
			for _, way := range layertest.SetWays[[]byte]() {
				t.Run(way.Name, func(t *testing.T) {
					nearStore, near := levelOfBytes(clones.near)
					farStore, far := levelOfBytes(clones.far)
					c := twolevel.New(near, far, nil)
					given := []byte{1}
					if err := way.Write(t.Context(), c, "k", entry(given)); err != nil {
						t.Fatal(err)
					}
					given[0]++
					got, err := nearStore.Get(t.Context(), "k")
					wantOne(t, "in near", got, err)
					got, err = farStore.Get(t.Context(), "k")
					wantOne(t, "in far", got, err)
				})
			}
		})
	}
}

// TestCallersOfASharedFarReadModifyTheirOwn checks, with the race detector, that callers that share a far read do not
// share its value.
func TestCallersOfASharedFarReadModifyTheirOwn(t *testing.T) {
	for name, clones := range clonedLevels {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, near := levelOfBytes(clones.near)
				store, far := levelOfBytes(clones.far)
				layertest.MustSet(t, store, "k", []byte{1})
				far, stalls := cachetest.Stalling(far)
				stall := stalls.Stall(farRead)
				c := twolevel.New(near, far, nil)
				reads := []func() ([]byte, error){
					func() ([]byte, error) { return c.Get(t.Context(), "k") },
					func() ([]byte, error) {
						e, err := c.GetEntry(t.Context(), "k")
						return e.Value, err
					},
				}
				var callers sync.WaitGroup
				for i := range 8 {
					callers.Go(func() {
						got, err := reads[i%2]()
						if err != nil || got[0] != 1 {
							t.Errorf("%+v, %v", got, err)
							return
						}
						got[0]++
					})
				}
				synctest.Wait()
				stall.Release()
				callers.Wait()
				got, err := c.Get(t.Context(), "k")
				wantOne(t, "near hit", got, err)
			})
		})
	}
}

// TestCloneFunc checks that two levels say how they copy values, also with a near that follows far, and that they say so
// only if a level does.
func TestCloneFunc(t *testing.T) {
	for name, clones := range clonedLevels {
		synctest.Test(t, func(t *testing.T) {
			_, near := levelOfBytes(clones.near)
			_, far := levelOfBytes(clones.far)
			for _, opts := range []*twolevel.Options{nil, {Coherent: true}} {
				c := twolevel.New(near, far, opts)
				if clone := ctxcache.CloneFunc[string, []byte](c); clone == nil || clone([]byte{1})[0] != 1 {
					t.Errorf("%s, %+v: no CloneFunc", name, opts)
				}
				if err := c.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	if ctxcache.CloneFunc[string, int](twolevel.New(newNear(), newNear(), nil)) != nil {
		t.Error("a CloneFunc, although callers share values")
	}
}

// TestClonedLevelsKeepNegativeEntries checks that an entry without a value is not copied.
func TestClonedLevelsKeepNegativeEntries(t *testing.T) {
	_, near := levelOfBytes(true)
	_, far := levelOfBytes(false)
	c := twolevel.New(near, far, nil)
	negative := ctxcache.Entry[[]byte]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
	if err := ctxcache.SetEntry(t.Context(), far, "k", negative); err != nil {
		t.Fatal(err)
	}
	for range 2 { // from far, then from near
		if got, err := c.Get(t.Context(), "k"); got != nil || err != ctxcache.ErrNotFound {
			t.Errorf("Get = %v, %v, want ErrNotFound", got, err)
		}
	}
}
