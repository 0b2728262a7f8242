package layers_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
)

// inRequestScope returns a cache that calls c in one request scope, whatever the contexts of the calls.
func inRequestScope[V any](c ctxcache.Cache[string, V]) ctxcache.Cache[string, V] {
	scope := layers.WithRequestScope(context.Background())
	scoped := ctxcache.NewObserved(c, ctxcache.Description{Kind: "scoping"}, ctxcache.Observer[string, struct{}](scoping{scope}))
	return &scoped
}

// scoping is an observer that adds the values of a context to the contexts of all calls.
type scoping struct{ values context.Context }

func (s scoping) Before(ctx context.Context, _ ctxcache.Call[string]) (context.Context, struct{}) {
	return withValues{ctx, s.values}, struct{}{}
}

func (scoping) After(context.Context, ctxcache.Call[string], struct{}, ctxcache.Outcome) {}

// withValues is a context with the values of another one, too.
type withValues struct {
	context.Context
	more context.Context
}

func (c withValues) Value(key any) any {
	if value := c.Context.Value(key); value != nil {
		return value
	}
	return c.more.Value(key)
}

// asks counts the reads that reach a cache.
type asks struct {
	mu   sync.Mutex
	read []string // the keys, one for each time that it was read
	many int      // the calls for many keys
}

// counting returns a cache over inner, and what counts its reads. A GetLease is a read, too.
func counting[V any](inner ctxcache.Cache[string, V]) (ctxcache.Cache[string, V], *asks) {
	a := &asks{}
	return cachetest.Hooked(inner, cachetest.Hook[string]{Before: func(_ context.Context, call cachetest.Call[string]) error {
		switch call.Operation {
		case ctxcache.OpGetEntries, ctxcache.OpGetLeases:
			a.add(true, call.Keys)
		case ctxcache.OpGet, ctxcache.OpGetEntry, ctxcache.OpContains, ctxcache.OpGetLease:
			a.add(false, call.Keys)
		}
		return nil
	}}), a
}

func (a *asks) add(many bool, keys []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.read = append(a.read, keys...)
	if many {
		a.many++
	}
}

// take returns the keys that were read since the last call, sorted.
func (a *asks) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	read := a.read
	a.read = nil
	slices.Sort(read)
	return read
}

// scopedBy returns c, called with the values of ctx.
func scopedBy[V any](ctx context.Context, c ctxcache.Cache[string, V]) ctxcache.Cache[string, V] {
	scoped := ctxcache.NewObserved(c, ctxcache.Description{Kind: "scoping"}, ctxcache.Observer[string, struct{}](scoping{ctx}))
	return &scoped
}

// scopedReads are all ways to read that a scope answers.
func scopedReads[V any]() []layertest.ReadWay[V] {
	ways := slices.DeleteFunc(layertest.ReadWays[V](), func(w layertest.ReadWay[V]) bool {
		return w.Name == "GetLease" || w.Name == "GetLeases"
	})
	return append(ways, layertest.ReadWay[V]{
		Name: "GetMany",
		Read: func(ctx context.Context, c ctxcache.Cache[string, V], key string) (value V, err error) {
			values, err := ctxcache.GetMany(ctx, c, []string{key})
			if _, has := values[key]; err == nil && !has {
				err = ctxcache.ErrMiss
			}
			return values[key], err
		},
	}, layertest.ReadWay[V]{
		Name: "GetValues",
		Read: func(ctx context.Context, c ctxcache.Cache[string, V], key string) (value V, err error) {
			values, negative, err := c.(ctxcache.ValuesGetter[string, V]).GetValues(ctx, []string{key})
			if _, has := values[key]; err == nil && !has {
				err = ctxcache.ErrMiss
				if slices.Contains(negative, key) {
					err = ctxcache.ErrNotFound
				}
			}
			return values[key], err
		},
	})
}

// scopedStack returns a store, a RequestScoped cache over it that counts what it asks, and a context with a scope.
func scopedStack(t *testing.T) (store, c ctxcache.Cache[string, int], asked *asks, ctx context.Context) {
	store = newMemory[int]()
	counted, asked := counting(store)
	return store, layers.RequestScoped(counted), asked, layers.WithRequestScope(t.Context())
}

func wantAsked(t *testing.T, what string, asked *asks, want ...string) {
	t.Helper()
	if got := asked.take(); !slices.Equal(got, want) {
		t.Errorf("%s: the inner cache was asked for %q, want %q", what, got, want)
	}
}
