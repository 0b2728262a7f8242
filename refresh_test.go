package cached_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestFuncRefresh(t *testing.T) {
	s := newOrigin("k", "old")
	f := cached.Func(newMemory(), s.load, nil)
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "old", nil)
	s.set("k", "new")
	value, err = f.Refresh(t.Context(), "k")
	expect(t, value, err, "new", nil)
	value, err = f.Get(t.Context(), "k")
	expect(t, value, err, "new", nil)
	s.expect(t, 2)

	down := errors.New("source down")
	s.fail(down)
	value, err = f.Refresh(t.Context(), "k")
	expect(t, value, err, "", down)
	value, err = f.Get(t.Context(), "k") // a good entry is not deleted because a load failed
	expect(t, value, err, "new", nil)

	s.fail(ctxcache.ErrNotFound)
	value, err = f.Refresh(t.Context(), "k")
	expect(t, value, err, "", ctxcache.ErrNotFound)
	if has, err := f.Contains(t.Context(), "k"); has || err != nil {
		t.Errorf("what the source has no more is still cached: %v, %v", has, err)
	}
}

func TestFuncRefreshSeesWhatWasChangedBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin("k", "old")
		entered, open := make(chan struct{}, 2), make(chan struct{})
		f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			value, err := s.load(ctx, key)
			entered <- struct{}{}
			<-open
			return value, err
		}, nil)
		get := async(func() (string, error) { return f.Get(t.Context(), "k") })
		<-entered // it has read the old value
		s.set("k", "new")
		refresh := async(func() (string, error) { return f.Refresh(t.Context(), "k") })
		synctest.Wait()
		close(open)
		expect(t, (<-get).value, nil, "old", nil)
		r := <-refresh
		expect(t, r.value, r.err, "new", nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "new", nil)
	})
}

func TestFuncRefreshDoesNotTrustAnotherHolder(t *testing.T) {
	cache := newMemory()
	_, other, err := cache.GetLease(t.Context(), "k", 0) // another process has begun to load, before the change
	if err != ctxcache.ErrMiss || !other.Granted() {
		t.Fatal(err)
	}
	s := newOrigin("k", "new")
	f := cached.Func(cache, s.load, nil)
	value, err := f.Refresh(t.Context(), "k")
	expect(t, value, err, "new", nil)
	if err := cache.Fill(t.Context(), "k", other, ctxcache.NewEntry("old", 0)); err != ctxcache.ErrLeaseLost {
		t.Errorf("the other's fill: %v", err)
	}
	value, err = f.Get(t.Context(), "k")
	expect(t, value, err, "new", nil)
}

// async runs do on a goroutine of its own, and returns where its result comes.
func async(do func() (string, error)) <-chan result {
	results := make(chan result, 1)
	go func() {
		value, err := do()
		results <- result{value: value, err: err}
	}()
	return results
}
