package layers_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// TestRequestScopedClones checks that over a cache that copies values each caller in a scope has a value of its own,
// whatever way it was written and read.
func TestRequestScopedClones(t *testing.T) {
	want := []byte("ab")
	for _, write := range layertest.SetWays[[]byte]() {
		for _, first := range append(scopedReads[[]byte](), layertest.ReadWays[[]byte]()...) {
			for _, read := range scopedReads[[]byte]() {
				store := newMemory[[]byte]()
				c := layers.RequestScoped(layers.Cloned(store, bytes.Clone))
				ctx := layers.WithRequestScope(t.Context())
				mine := bytes.Clone(want)
				if err := write.Write(ctx, c, "k", ctxcache.NewEntry(mine, time.Hour)); err != nil {
					t.Fatal(err)
				}
				mine[0] = 'x' // modified after it was given
				for _, way := range []layertest.ReadWay[[]byte]{first, read, read} {
					got, err := way.Read(ctx, c, "k")
					if err != nil || !bytes.Equal(got, want) {
						t.Fatalf("%s, %s, %s = %q, %v, want %q", write.Name, first.Name, way.Name, got, err, want)
					}
					got[0] = 'y' // modified after it was got
				}
				if got, err := store.Get(t.Context(), "k"); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%s, %s, %s: the store has %q, %v", write.Name, first.Name, read.Name, got, err)
				}
			}
		}
	}
	clone := ctxcache.CloneFunc(layers.RequestScoped(layers.Cloned(newMemory[[]byte](), bytes.Clone)))
	if clone == nil || ctxcache.CloneFunc(layers.RequestScoped(newMemory[[]byte]())) != nil {
		t.Error("CloneFunc is not the inner cache's")
	}
}

// TestRequestScopedClonesForJoiners checks, with the race detector, that callers that share a read do not share its
// value.
func TestRequestScopedClonesForJoiners(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory[[]byte]()
		cloned := layers.Cloned(store, bytes.Clone)
		layertest.MustSet(t, store, "k", []byte{1})
		stalling, stalls := cachetest.Stalling(cloned)
		c, ctx := layers.RequestScoped(stalling), layers.WithRequestScope(t.Context())
		stall := stalls.Stall(aRead)
		var callers sync.WaitGroup
		for _, way := range slices.Repeat(scopedReads[[]byte](), 3) {
			callers.Go(func() {
				got, err := way.Read(ctx, c, "k")
				if err != nil || got[0] != 1 {
					t.Errorf("%s: %+v, %v", way.Name, got, err)
					return
				}
				got[0]++
			})
		}
		synctest.Wait()
		stall.Release()
		callers.Wait()
		for _, c := range []ctxcache.Cache[string, []byte]{store, scopedBy(ctx, c)} {
			if got, err := c.Get(t.Context(), "k"); err != nil || got[0] != 1 {
				t.Errorf("%+v, %v, want an unmodified value", got, err)
			}
		}
	})
}

// TestRequestScopedCloneThatPanics checks that a function that panics leaves no lease behind, no caller that waits, and
// nothing in the scope.
func TestRequestScopedCloneThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := true
		clone := func(value []byte) []byte {
			if broken {
				panic(errPanic)
			}
			return value
		}
		store := newMemory[[]byte]()
		c := layers.RequestScoped[string, []byte](&cloningStore{ctxcache.NewForward(store, ctxcache.Description{}), clone})
		ctx := layers.WithRequestScope(t.Context())
		layertest.MustSet(t, store, "k", []byte{1})
		for _, way := range scopedReads[[]byte]() {
			panics(t, func() { _, _ = way.Read(ctx, c, "k") })
		}
		e, lease, err := ctxcache.GetLease(ctx, c, "k", ctxcache.NoExpiry)
		if err != nil || !lease.Granted() {
			t.Fatalf("GetLease: %v, %v", lease, err)
		}
		panics(t, func() { _ = ctxcache.Fill(ctx, c, "k", lease, e) })
		panics(t, func() {
			_ = ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[[]byte]{"k": e}, map[string]ctxcache.Lease{"k": lease})
		})
		broken = false
		if err := ctxcache.Fill(ctx, c, "k", lease, ctxcache.NewEntry([]byte{2}, time.Hour)); err != nil {
			t.Errorf("Fill by the lease that was granted: %v", err)
		}
		for _, way := range scopedReads[[]byte]() {
			if got, err := way.Read(ctx, c, "k"); err != nil || got[0] != 2 {
				t.Errorf("%s: %+v, %v, want 2", way.Name, got, err)
			}
		}
	})
}

// cloningStore is a store that says it copies values, but leaves that to others.
type cloningStore struct {
	ctxcache.Forward[string, []byte]
	clone func([]byte) []byte
}

func (c *cloningStore) CloneFunc() func([]byte) []byte { return c.clone }
