package cached_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/twolevel"
)

// The previous value is the stale one, or the one that a refresh replaces. It gets a new life if nothing has changed.
func TestLoadNotModified(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		var olds []string
		f := cached.Func(cache, func(ctx context.Context, _ string) (string, error) {
			load := cached.LoadOf[string](ctx)
			old, ok := load.Previous()
			if !ok {
				olds = append(olds, "none")
				return "v", nil
			}
			olds = append(olds, old.Value)
			return load.NotModified()
		}, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Minute, StaleIfError: time.Hour})
		expectGet(t, f, "v", nil)
		time.Sleep(10 * time.Second)
		expectGet(t, f, "v", nil) // the refresh behind finds it not modified
		time.Sleep(10*time.Second - tick)
		expectGet(t, f, "v", nil) // so it is fresh
		if len(olds) != 2 || olds[0] != "none" || olds[1] != "v" {
			t.Fatalf("previous values: %q", olds)
		}
		time.Sleep(5 * time.Minute)
		expectGet(t, f, "v", nil) // the caller waits, and the stale value is still there for an error
		time.Sleep(10*time.Second - tick)
		expectGet(t, f, "v", nil)
		if len(olds) != 3 || olds[2] != "v" {
			t.Errorf("previous values: %q", olds)
		}
	})
}

// A load whose key was deleted has no previous value, and one that is not modified is not stored if it was deleted meanwhile.
func TestLoadNotModifiedAfterADeletion(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		deleted := false
		var f *cached.Function[string, string]
		f = cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			load := cached.LoadOf[string](ctx)
			if _, had := load.Previous(); !had {
				if value, err := load.NotModified(); value != "" || err == nil {
					t.Errorf("not modified without a previous value: %q, %v", value, err)
				}
				return "v", nil
			}
			if _, err := f.Delete(ctx, key); err != nil {
				t.Error(err)
			}
			deleted = true
			return load.NotModified()
		}, &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Minute})
		expectGet(t, f, "v", nil)
		time.Sleep(15 * time.Second)
		expectGet(t, f, "v", nil)
		if has, err := f.Contains(t.Context(), "k"); !deleted || has || err != nil {
			t.Errorf("it is there again: %v, %v", has, err)
		}
	})
}

func TestLoadNoStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin("k", "v")
		f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			load := cached.LoadOf[string](ctx)
			load.NoStore()
			load.SetTTL(time.Hour) // it does not matter then
			return s.load(ctx, key)
		}, nil)
		expectGet(t, f, "v", nil)
		expectGet(t, f, "v", nil)
		s.expect(t, 2)
	})
}

func TestLoadSetNearTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := newMemory(), newMemory()
		f := cached.Func[string, string](twolevel.New(near, ctxcache.Cache[string, string](far), nil),
			func(ctx context.Context, _ string) (string, error) {
				cached.LoadOf[string](ctx).SetNearTTL(5 * time.Second)
				return "v", nil
			}, &cached.Options{TTL: time.Minute})
		expectGet(t, f, "v", nil)
		time.Sleep(5 * time.Second)
		if _, err := near.Get(t.Context(), "k"); err != ctxcache.ErrMiss {
			t.Errorf("near: %v", err)
		}
		if value, err := far.Get(t.Context(), "k"); value != "v" || err != nil {
			t.Errorf("far: %q, %v", value, err)
		}
	})
}

// A nested load of a function with another type does not disturb the load around it, and the other way round.
func TestLoadOfNestedLoads(t *testing.T) {
	store := memory.New[string, User](nil)
	inner := cached.Func(store, func(ctx context.Context, _ string) (User, error) {
		cached.LoadOf[string](ctx).SetTTL(time.Second) // not this load's type
		cached.LoadOf[User](ctx).SetTTL(time.Hour)
		return User{}, nil
	}, nil)
	outer := newMemory()
	f := cached.Func(outer, func(ctx context.Context, key string) (string, error) {
		load := cached.LoadOf[string](ctx)
		load.SetTTL(time.Minute)
		_, err := inner.Get(ctx, key)
		return "v", err
	}, nil)
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "v", nil)
	if e, err := outer.GetEntry(t.Context(), "k"); e.TTL.Round(time.Second) != time.Minute || err != nil {
		t.Errorf("outer: %v, %v", e.TTL, err)
	}
	if e, err := store.GetEntry(t.Context(), "k"); e.TTL.Round(time.Second) != time.Hour || err != nil {
		t.Errorf("inner: %v, %v", e.TTL, err)
	}
}

// A TTL that the cache refuses is not hidden by the stale window.
func TestLoadNegativeTTLWithAWindow(t *testing.T) {
	var heard hearing
	f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
		cached.LoadOf[string](ctx).SetTTL(-time.Second)
		return "v", nil
	}, &cached.Options{TTL: time.Minute, StaleFor: time.Hour, OnCacheError: heard.hear})
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "v", nil)
	if errs := heard.all(); len(errs) != 1 || !errors.Is(errs[0], ctxcache.ErrTTL) {
		t.Errorf("heard of %v", errs)
	}
}
