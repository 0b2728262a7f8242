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

// readonly is a cache of three methods that fails to store.
type readonly struct {
	ctxcache.Cache[string, string]
	err error
}

func (c readonly) Set(context.Context, string, string, time.Duration) error { return c.err }

// Over a cache without leases, too, the old value does not stay if a refresh cannot store the new one.
func TestFuncRefreshThatCannotBeStoredWithoutALeaseTakesTheOldValueAway(t *testing.T) {
	down := errors.New("cache down")
	for _, strict := range []bool{false, true} {
		store := newMemory()
		if err := store.Set(t.Context(), "k", "old", 0); err != nil {
			t.Fatal(err)
		}
		f := cached.Func[string, string](readonly{store, down}, newOrigin("k", "new").load, &cached.Options{Strict: strict})
		value, err := f.Refresh(t.Context(), "k")
		if strict {
			expect(t, value, err, "", down)
		} else {
			expect(t, value, err, "new", nil)
		}
		if has, err := store.Contains(t.Context(), "k"); has || err != nil {
			t.Errorf("Strict %v: the old value is still there: %v, %v", strict, has, err)
		}
	}
}

// A Clear that the cache does not support has no effect: callers still join the load that runs.
func TestFuncClearUnsupportedHasNoEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, open := newOrigin("k", "v"), make(chan struct{})
		plain := struct{ ctxcache.Cache[string, string] }{newMemory()}
		f := cached.Func(plain, func(ctx context.Context, key string) (string, error) {
			<-open
			return s.load(ctx, key)
		}, nil)
		first := async(func() (string, error) { return f.Get(t.Context(), "k") })
		synctest.Wait()
		if err := f.Clear(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Clear: %v", err)
		}
		second := async(func() (string, error) { return f.Get(t.Context(), "k") })
		synctest.Wait()
		close(open)
		for _, r := range []result{<-first, <-second} {
			expect(t, r.value, r.err, "v", nil)
		}
		s.expect(t, 1)
	})
}

// Without leases a load may be storing the old value when a write comes. The write waits for that, so nobody reads the old
// value after it has returned.
func TestFuncWriteWaitsForAStoreWithoutALease(t *testing.T) {
	for name, w := range writes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache := &slowStore{unleasedStore{over(newMemory())}, make(chan struct{}), make(chan struct{})}
				f := cached.Func[string, string](cache, newOrigin("k", "old").load, nil)
				first := async(func() (string, error) { return f.Get(t.Context(), "k") })
				<-cache.storing
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if err := w.write(ctx, f); err != context.DeadlineExceeded {
					t.Errorf("a write whose context ends returned %v", err)
				}
				wrote := async(func() (string, error) { return "", w.write(t.Context(), f) })
				synctest.Wait()
				select {
				case <-wrote:
					t.Error("the write did not wait")
				default:
				}
				close(cache.open)
				r := <-wrote
				expect(t, r.value, r.err, "", nil)
				want := ctxcache.ErrMiss
				if name == "Set" {
					want = nil
				}
				if value, err := cache.Get(t.Context(), "k"); err != want {
					t.Errorf("the cache has %q, %v; want %v", value, err, want)
				}
				<-first
			})
		})
	}
}
