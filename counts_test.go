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

func expectJoined(t *testing.T, f *cached.Function[string, string], want uint64) {
	t.Helper()
	if stats, err := f.Stats(t.Context()); stats.Joined != want || err != nil {
		t.Errorf("%d calls that joined are counted, %v; want %d", stats.Joined, err, want)
	}
}

// A refresh that waits for two loads is one call.
func TestFuncCountsARefreshThatJoinsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, open := newOrigin("k", "v"), make(chan struct{})
		f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			<-open
			return s.load(ctx, key)
		}, nil)
		calls := []<-chan result{async(func() (string, error) { return f.Get(t.Context(), "k") })}
		synctest.Wait()
		for range 2 {
			calls = append(calls, async(func() (string, error) { return f.Refresh(t.Context(), "k") }))
		}
		synctest.Wait()
		for range 2 { // the load of the Get, which both refreshes wait for, and then the load of one refresh
			open <- struct{}{}
			synctest.Wait()
		}
		for _, call := range calls {
			r := <-call
			expect(t, r.value, r.err, "v", nil)
		}
		s.expect(t, 2)
		expectJoined(t, f, 2)
	})
}

func TestFuncDoesNotCountACallThatWouldWaitForItself(t *testing.T) {
	for name, again := range map[string]func(f *cached.Function[string, string], ctx context.Context) error{
		"get": func(f *cached.Function[string, string], ctx context.Context) error {
			_, err := f.Get(ctx, "k")
			return err
		},
		"refresh": func(f *cached.Function[string, string], ctx context.Context) error {
			_, err := f.Refresh(ctx, "k")
			return err
		},
	} {
		var f *cached.Function[string, string]
		f = cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			if err := again(f, ctx); !errors.Is(err, cached.ErrRecursiveLoad) {
				t.Errorf("%s: %v", name, err)
			}
			return "v", nil
		}, nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		expectJoined(t, f, 0)
	}
}

// refusing is a cache with leases that has no place for any key.
type refusing struct {
	ctxcache.Forward[string, string]
}

func (c *refusing) Get(context.Context, string) (string, error) {
	return "", ctxcache.Fail("refusing", ctxcache.OpGet, ctxcache.ErrKey)
}

func (c *refusing) GetLease(context.Context, string, time.Duration) (e ctxcache.Entry[string], _ ctxcache.Lease, err error) {
	return e, ctxcache.Lease{}, ctxcache.Fail("refusing", ctxcache.OpGetLease, ctxcache.ErrKey)
}

// A key that the cache refuses is a mistake of the caller, and not a failure of the cache.
func TestFuncReturnsTheErrorOfAKeyThatTheCacheRefuses(t *testing.T) {
	s := newOrigin("k", "v")
	cache := &refusing{ctxcache.NewForward[string, string](newMemory(), ctxcache.Description{Kind: "refusing"})}
	f := cached.Func(cache, s.load, &cached.Options{OnCacheError: func(_ context.Context, err error) {
		t.Errorf("reported %v", err)
	}})
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "", ctxcache.ErrKey)
	value, err = f.Refresh(t.Context(), "k")
	expect(t, value, err, "", ctxcache.ErrKey)
	s.expect(t, 0)
	if stats, err := f.Stats(t.Context()); stats.Errors != 0 || err != nil {
		t.Errorf("%d errors counted, %v", stats.Errors, err)
	}
}

// A value that the cache cannot have is one load for all who wait for it: none of them reads the cache again.
func TestFuncJoinersOfALoadThatStoresNothingDoNotReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers = 1000
		cache, s := newSlow(newMemory()), newOrigin("k", "v")
		cache.fill = func(context.Context) error { return ctxcache.ErrValue }
		f := cached.Func[string, string](cache, func(ctx context.Context, key string) (string, error) {
			time.Sleep(time.Second)
			return s.load(ctx, key)
		}, nil)
		var calls []<-chan result
		for range callers {
			calls = append(calls, async(func() (string, error) { return f.Get(t.Context(), "k") }))
		}
		for _, call := range calls {
			r := <-call
			expect(t, r.value, r.err, "v", nil)
		}
		if reads, leases := cache.gets.Load(), cache.leases.Load(); reads != callers || leases != 1 {
			t.Errorf("%d reads and %d leases for %d callers, want a read for each, and one lease", reads, leases, callers)
		}
		s.expect(t, 1)
	})
}
