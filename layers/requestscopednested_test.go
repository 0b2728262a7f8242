package layers_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// TestRequestScopedCachesShareAScope checks that caches with equal keys, of equal and other types, do not mix in one
// scope.
func TestRequestScopedCachesShareAScope(t *testing.T) {
	ctx := layers.WithRequestScope(t.Context())
	ones, twos, texts := newMemory[int](), newMemory[int](), newMemory[string]()
	layertest.MustSet(t, ones, "k", 1)
	layertest.MustSet(t, twos, "k", 2)
	layertest.MustSet(t, texts, "k", "text")
	c1, c2, c3 := layers.RequestScoped(ones), layers.RequestScoped(twos), layers.RequestScoped(texts)
	for range 2 {
		layertest.WantValue(t, scopedBy(ctx, c1), "k", 1)
		layertest.WantValue(t, scopedBy(ctx, c2), "k", 2)
		layertest.WantValue(t, scopedBy(ctx, c3), "k", "text")
	}
	if err := ctxcache.Clear(ctx, c1); err != nil {
		t.Fatal(err)
	}
	for _, store := range []ctxcache.Cache[string, int]{ones, twos} {
		layertest.MustSet(t, store, "k", 4)
	}
	layertest.WantValue(t, scopedBy(ctx, c1), "k", 4)
	layertest.WantValue(t, scopedBy(ctx, c2), "k", 2) // not cleared
}

// TestNestedRequestScope checks that a scope in a scope is empty, and that a write in it reaches the outer one, too.
func TestNestedRequestScope(t *testing.T) {
	for _, way := range append(layertest.SetWays[int](), deletions[int]()...) {
		store, c, asked, outer := scopedStack(t)
		layertest.MustSet(t, store, "k", 1)
		layertest.WantValue(t, scopedBy(outer, c), "k", 1)
		layertest.MustSet(t, store, "k", 2)
		inner := layers.WithRequestScope(outer)
		layertest.WantValue(t, scopedBy(inner, c), "k", 2)
		layertest.WantValue(t, scopedBy(outer, c), "k", 1)
		wantAsked(t, "two scopes", asked, "k", "k")
		if err := store.Delete(t.Context(), "k"); err != nil { // a lease is granted on an absent key
			t.Fatal(err)
		}
		if err := way.Write(inner, c, "k", ctxcache.NewEntry(3, time.Hour)); err != nil {
			t.Fatalf("%s: %v", way.Name, err)
		}
		want, wantErr := store.Get(t.Context(), "k")
		for name, ctx := range map[string]context.Context{"inner": inner, "outer": outer} {
			if got, err := c.Get(ctx, "k"); got != want || err != wantErr {
				t.Errorf("%s, %s scope: %d, %v, want %d, %v", way.Name, name, got, err, want, wantErr)
			}
		}
	}
}

// TestRequestScopeEnds checks that a scope ends with the context that it was opened in, also for calls that go on.
func TestRequestScopeEnds(t *testing.T) {
	store, c, asked, _ := scopedStack(t)
	request, finish := context.WithCancel(t.Context())
	ctx := layers.WithRequestScope(request)
	behind := context.WithoutCancel(ctx)
	layertest.MustSet(t, store, "k", 1)
	for _, ctx := range []context.Context{ctx, behind} {
		layertest.WantValue(t, scopedBy(ctx, c), "k", 1)
	}
	wantAsked(t, "in the scope", asked, "k")
	layertest.MustSet(t, store, "k", 2)
	finish()
	for _, way := range scopedReads[int]() {
		if value, err := way.Read(behind, c, "k"); value != 2 || err != nil {
			t.Errorf("%s after the request = %d, %v, want 2", way.Name, value, err)
		}
		if value, err := way.Read(ctx, c, "k"); ctxcache.KeyError(err, "k") != context.Canceled {
			t.Errorf("%s with the context of the request = %d, %v, want its error", way.Name, value, err)
		}
	}
}
