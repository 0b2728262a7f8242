package cached_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func expectClosed(t *testing.T, f *cached.Function[string, string]) {
	t.Helper()
	_, getErr := f.Get(t.Context(), "k")
	_, refreshErr := f.Refresh(t.Context(), "k")
	_, containsErr := f.Contains(t.Context(), "k")
	_, deleteErr := f.Delete(t.Context(), "k")
	for _, err := range []error{getErr, refreshErr, containsErr, deleteErr} {
		if !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

func TestFuncCloseDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGated()
		cache := newMemory()
		f := cached.Func(cache, func(ctx context.Context, _ string) (string, error) { return g.load(ctx) }, nil)
		get := async(func() (string, error) { return f.Get(t.Context(), "k") })
		<-g.began
		closed := make(chan error, 1)
		go func() { closed <- f.Close(t.Context()) }()
		synctest.Wait()
		select {
		case err := <-closed:
			t.Fatalf("Close returned %v while a load ran", err)
		default:
		}
		expectClosed(t, f)
		g.release <- "v"
		r := <-get
		expect(t, r.value, r.err, "v", nil)
		if err := <-closed; err != nil {
			t.Errorf("Close: %v", err)
		}
		if value, err := cache.Get(t.Context(), "k"); value != "v" || err != nil {
			t.Errorf("the drained load stored %q, %v", value, err)
		}
		if err := f.Close(t.Context()); err != nil {
			t.Errorf("Close again: %v", err)
		}
	})
}

func TestFuncCloseLosesPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGated()
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) { return g.load(ctx) }, nil)
		get := async(func() (string, error) { return f.Get(t.Context(), "k") })
		loadCtx := <-g.began
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := f.Close(ctx); err != context.DeadlineExceeded {
			t.Errorf("Close: %v", err)
		}
		if r := <-get; !errors.Is(r.err, ctxcache.ErrClosed) {
			t.Errorf("the caller got %v", r)
		}
		<-loadCtx.Done()
		expectClosed(t, f)
	})
}

// Invalid options stay the reason, also after Close.
func TestFuncCloseKeepsTheRefusalOfInvalidOptions(t *testing.T) {
	f := cached.Func(newMemory(), newOrigin().load, &cached.Options{TTL: -1})
	if err := f.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if _, err := f.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("after Close: %v", err)
	}
}
