package geo

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func TestWrapperIsANode(t *testing.T) {
	ctx := t.Context()
	cache := memory.New[string, []byte](nil)
	c := NewCachedGeo(source{}, cache, nil)
	if _, err := c.Measure(ctx, Circle{1}); err != nil {
		t.Fatal(err)
	}
	var names []string
	ctxcache.Walk(c, func(depth int, _ ctxcache.Node, d ctxcache.Description) bool {
		if depth < 2 {
			names = append(names, d.Kind+" "+d.Name)
		}
		return true
	})
	if want := []string{"cachegen Geo", "func Geo.Measure", "func Geo.Render", "func Geo.Lookup", "func Geo.Names"}; !slices.Equal(names, want) {
		t.Errorf("nodes %q, want %q", names, want)
	}
	stats, err := ctxcache.StatsOf(ctx, c)
	if err != nil || stats.Name != "Geo" || len(stats.Children) != 4 || stats.Children[0].Loads != 1 {
		t.Errorf("Stats: %+v, %v", stats, err)
	}
	if err := ctxcache.CloseAll(ctx, c); err != nil {
		t.Errorf("CloseAll: %v", err)
	}
	if _, err := c.Measure(ctx, Circle{1}); !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("Measure after CloseAll: %v", err)
	}
	if _, err := cache.Get(ctx, "k"); !errors.Is(err, ctxcache.ErrClosed) {
		t.Errorf("the cache after CloseAll: %v", err)
	}
}

// blocked waits for its context or for the end of the test.
type blocked struct {
	source
	end chan struct{}
}

func (b blocked) Names(ctx context.Context, _ ...string) (bool, error) {
	select {
	case <-b.end:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

func TestCloseWaitsForLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := blocked{end: make(chan struct{})}
		cache := memory.New[string, []byte](nil)
		c := NewCachedGeo(b, cache, nil)
		loaded, closed := make(chan error, 1), make(chan error, 1)
		go func() {
			_, err := c.Names(t.Context(), "a")
			loaded <- err
		}()
		synctest.Wait()
		go func() { closed <- c.Close(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-closed:
			t.Fatalf("Close has not waited: %v", err)
		default:
		}
		close(b.end)
		if err := errors.Join(<-loaded, <-closed); err != nil {
			t.Error(err)
		}
		if _, err := c.Lookup(t.Context(), "inbox"); !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("Lookup after Close: %v", err)
		}
		if _, err := cache.Get(t.Context(), `n.["a"]`); err != nil {
			t.Errorf("the cache is closed, or the result was not stored: %v", err)
		}
	})
}

func TestCloseEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCachedGeo(blocked{end: make(chan struct{})}, memory.New[string, []byte](nil), nil)
		loaded := make(chan error, 1)
		go func() {
			_, err := c.Names(t.Context(), "a")
			loaded <- err
		}()
		synctest.Wait()
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if err := c.Close(done); !errors.Is(err, context.Canceled) {
			t.Errorf("Close: %v", err)
		}
		if err := <-loaded; !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("Names: %v", err)
		}
	})
}
