package twolevel_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestUnhashableKeys checks that every call returns ErrKey for a key that cannot be hashed, whichever level it asks
// first, and even if far is down.
func TestUnhashableKeys(t *testing.T) {
	type anyCache = ctxcache.Cache[any, int]
	open := func() anyCache { return memory.New[any, int](nil) }
	coherent := twolevel.New(open(), open(), &twolevel.Options{Coherent: true})
	t.Cleanup(func() {
		if err := ctxcache.Close(coherent); err != nil {
			t.Error(err)
		}
	})
	deaf := twolevel.New(open(), &deafAny{ctxcache.NewForward(open(), ctxcache.Description{Kind: "deaf"})}, &twolevel.Options{Coherent: true})
	t.Cleanup(func() {
		if err := ctxcache.Close(deaf); err != nil {
			t.Error(err)
		}
	})
	down := func(near anyCache) anyCache {
		far, faults := cachetest.Failing(open())
		c := twolevel.New(near, anyCache(lateAny{far}), &twolevel.Options{Resilient: true})
		faults.Fail(errFar, cachetest.On())
		for _, missing := range []string{"k", "l"} { // a read and a write that have failed
			if _, err := c.Get(t.Context(), missing); err != ctxcache.ErrMiss {
				t.Fatal(err)
			}
			if err := c.Set(t.Context(), "k", 1, 0); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	for name, c := range map[string]anyCache{
		"plain":                         twolevel.New(open(), open(), nil),
		"coherent":                      coherent,
		"deaf":                          deaf,
		"far down":                      down(open()),
		"far down, near without leases": down(bareAny{open()}),
	} {
		for what, key := range map[string]any{"bytes": []int{1}, "not equal to itself": math.NaN()} {
			for op, call := range callsOfAny(t.Context(), c, key) {
				t.Run(name+"/"+what+"/"+op, func(t *testing.T) {
					defer func() {
						if r := recover(); r != nil {
							t.Errorf("panic: %v", r)
						}
					}()
					if err := call(); !errors.Is(err, ctxcache.ErrKey) && !errors.Is(err, errors.ErrUnsupported) {
						t.Errorf("%v, want ErrKey", err)
					}
				})
			}
		}
	}
}

// callsOfAny returns a call of each operation with key.
func callsOfAny(ctx context.Context, c ctxcache.Cache[any, int], key any) map[string]func() error {
	keys := []any{"k", key}
	return map[string]func() error{
		"Get":        func() error { _, err := c.Get(ctx, key); return err },
		"GetEntry":   func() error { _, err := ctxcache.GetEntry(ctx, c, key); return err },
		"GetLease":   func() error { _, _, err := ctxcache.GetLease(ctx, c, key, 0); return err },
		"Contains":   func() error { _, err := ctxcache.Contains(ctx, c, key); return err },
		"Set":        func() error { return c.Set(ctx, key, 1, 0) },
		"SetEntry":   func() error { return ctxcache.SetEntry(ctx, c, key, ctxcache.NewEntry(1, 0)) },
		"Delete":     func() error { return c.Delete(ctx, key) },
		"Remove":     func() error { _, err := ctxcache.Remove(ctx, c, key); return err },
		"GetEntries": func() error { _, err := ctxcache.GetEntries(ctx, c, keys); return err },
		"GetLeases":  func() error { _, _, err := ctxcache.GetLeases(ctx, c, keys, 0); return err },
		"DeleteMany": func() error { return ctxcache.DeleteMany(ctx, c, keys) },
	}
}

// TestNaNAmongEntries checks that SetEntries refuses a map with a key that is not equal to itself, before any effect.
func TestNaNAmongEntries(t *testing.T) {
	near, far := memory.New[any, int](nil), memory.New[any, int](nil)
	c := twolevel.New[any, int](near, far, nil)
	err := c.SetEntries(t.Context(), map[any]ctxcache.Entry[int]{"k": ctxcache.NewEntry(1, 0), math.NaN(): ctxcache.NewEntry(2, 0)})
	if !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("SetEntries: %v, want ErrKey", err)
	}
	wantMiss[any, int](t, far, "k")
}

// bareAny is a cache without leases that has nothing, and finds that out without a look at the key.
type bareAny struct{ inner ctxcache.Cache[any, int] }

func (c bareAny) Get(context.Context, any) (int, error)     { return 0, ctxcache.ErrMiss }
func (c bareAny) Delete(ctx context.Context, key any) error { return c.inner.Delete(ctx, key) }
func (c bareAny) Set(ctx context.Context, key any, value int, ttl time.Duration) error {
	return c.inner.Set(ctx, key, value, ttl)
}

// lateAny is a far whose writes may arrive late.
type lateAny struct{ ctxcache.Cache[any, int] }

func (lateAny) Timeouts() ctxcache.Timeouts { return ctxcache.Timeouts{Late: time.Second} }

// deafAny is a far that cannot be watched now.
type deafAny struct{ ctxcache.Forward[any, int] }

func (*deafAny) Watch(ctx context.Context, _ func(ctxcache.Event)) error {
	<-ctx.Done()
	return ctx.Err()
}
