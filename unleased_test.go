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
