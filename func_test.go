package cached_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestFuncLoadsOnce(t *testing.T) {
	s := newOrigin("ada", "Lovelace")
	users := cached.Func(newMemory(), s.load, nil)
	for range 3 {
		value, err := users.Get(t.Context(), "ada")
		expect(t, value, err, "Lovelace", nil)
	}
	s.expect(t, 1)
	if has, err := users.Contains(t.Context(), "ada"); !has || err != nil {
		t.Errorf("Contains: %v, %v", has, err)
	}
	for _, want := range []bool{true, false} {
		if was, err := users.Delete(t.Context(), "ada"); was != want || err != nil {
			t.Errorf("Delete: %v, %v; want %v", was, err, want)
		}
	}
	if has, err := users.Contains(t.Context(), "ada"); has || err != nil {
		t.Errorf("Contains after Delete: %v, %v", has, err)
	}
	s.set("ada", "King")
	value, err := users.Get(t.Context(), "ada")
	expect(t, value, err, "King", nil)
	s.expect(t, 2)
}

func TestFuncManyCallersOneLoadPerKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, keys = 10_000, 100
		var loads atomic.Int64
		squares := cached.Func(newInts(), func(_ context.Context, n int) (string, error) {
			loads.Add(1)
			time.Sleep(time.Second) // in the bubble: until all callers wait
			return fmt.Sprint(n * n), nil
		}, nil)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				n := i % keys
				if got, err := squares.Get(t.Context(), n); got != fmt.Sprint(n*n) || err != nil {
					t.Errorf("%d: got %s, %v", n, got, err)
				}
			})
		}
		wg.Wait()
		if got := loads.Load(); got != keys {
			t.Errorf("%d loads of %d keys", got, keys)
		}
	})
}

func TestFuncDetach(t *testing.T) {
	type userKey struct{}
	ctx := context.WithValue(t.Context(), userKey{}, "ada")
	for _, detach := range []bool{false, true} {
		var f *cached.Function[string, string]
		f = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			if kept := ctx.Value(userKey{}) == "ada"; kept == detach {
				t.Errorf("Detach %v: the caller's values kept: %v", detach, kept)
			}
			cached.LoadOf[string](ctx).SetTTL(time.Hour)
			_, err := f.Get(ctx, key)
			if !errors.Is(err, cached.ErrRecursiveLoad) {
				t.Errorf("Detach %v: recursion: %v", detach, err)
			}
			return "v", nil
		}, &cached.Options{Detach: detach})
		value, err := f.Get(ctx, "k")
		expect(t, value, err, "v", nil)
	}
}

func TestFuncDetachedLoadEndsWithItsLastCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			close(ended)
			return "", ctx.Err()
		}, &cached.Options{Detach: true, CancelUnwanted: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		value, err := f.Get(ctx, "k")
		expect(t, value, err, "", context.DeadlineExceeded)
		<-ended
	})
}

func TestFuncPanicLeavesNoLease(t *testing.T) {
	cache := newMemory()
	panicking := true
	f := cached.Func(cache, func(context.Context, string) (string, error) {
		if panicking {
			panic("boom")
		}
		return "v", nil
	}, nil)
	_, err := f.Get(t.Context(), "k")
	var p *cached.PanicError
	if !errors.As(err, &p) || p.Value != "boom" {
		t.Fatalf("got %v", err)
	}
	_, lease, err := cache.GetLease(t.Context(), "k", 0)
	if !lease.Granted() || err != ctxcache.ErrMiss {
		t.Fatalf("the panicking load kept its lease: %v", err)
	}
	if err := cache.Release(t.Context(), "k", lease); err != nil {
		t.Fatal(err)
	}
	panicking = false
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "v", nil)
}

// brokenThree is a cache of three methods, all of which fail.
type brokenThree struct{ get, delete error }

func (c brokenThree) Get(context.Context, string) (string, error)              { return "", c.get }
func (c brokenThree) Set(context.Context, string, string, time.Duration) error { return c.get }
func (c brokenThree) Delete(context.Context, string) error                     { return c.delete }

func TestFuncDeleteReturnsEachErrorOnce(t *testing.T) {
	down, other := errors.New("cache down"), errors.New("another failure")
	for _, test := range []struct {
		cache brokenThree
		want  error
	}{
		{brokenThree{get: down, delete: down}, down},
		{brokenThree{get: down}, down},
		{brokenThree{get: ctxcache.ErrMiss, delete: down}, down},
	} {
		f := cached.Func[string, string](test.cache, newOrigin().load, nil)
		if _, err := f.Delete(t.Context(), "k"); err != test.want {
			t.Errorf("%+v: %v, want %v itself", test.cache, err, test.want)
		}
	}
	f := cached.Func[string, string](brokenThree{get: down, delete: other}, newOrigin().load, nil)
	if _, err := f.Delete(t.Context(), "k"); !errors.Is(err, down) || !errors.Is(err, other) {
		t.Errorf("%v, want both errors", err)
	}
}
