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

// What was deleted, overwritten or cleared is gone, and not stale.
func TestFuncDeletionOutranksStale(t *testing.T) {
	down := errors.New("source down")
	for name, end := range map[string]func(f *cached.Function[string, string]) error{
		"Delete": func(f *cached.Function[string, string]) error {
			_, err := f.Delete(context.Background(), "k")
			return err
		},
		"DeleteMany": func(f *cached.Function[string, string]) error {
			return f.DeleteMany(context.Background(), []string{"k"})
		},
		"of the cache": func(f *cached.Function[string, string]) error {
			return f.Cache().Delete(context.Background(), "k")
		},
	} {
		t.Run(name, func(t *testing.T) {
			agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
				s, delay := newOrigin("k", "1"), time.Duration(0)
				f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
					time.Sleep(delay)
					return s.load(ctx, key)
				}, &cached.Options{TTL: 10 * time.Second, StaleFor: 10 * time.Second, StaleIfError: time.Minute})
				expectGet(t, f, "1", nil)
				s.fail(down)
				time.Sleep(25 * time.Second)
				expectGet(t, f, "1", nil) // it would be there
				if err := end(f); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				expectGet(t, f, "", down)
			})
		})
	}
}

// A caller's stale value is gone as soon as its own process deletes the key, even while the caller waits.
func TestFuncDeletionDuringALoadThatFails(t *testing.T) {
	down := errors.New("source down")
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s, delay := newOrigin("k", "1"), time.Duration(0)
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			time.Sleep(delay)
			return s.load(ctx, key)
		}, &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Minute, SoftTimeout: 2 * time.Second})
		expectGet(t, f, "1", nil)
		s.fail(down)
		delay = 5 * time.Second
		time.Sleep(20 * time.Second)
		call := async(func() (string, error) { return f.Get(t.Context(), "k") })
		synctest.Wait()
		if _, err := f.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		r := <-call
		expect(t, r.value, r.err, "", down)
	})
}

// That the source has no such thing is an answer: the stale value is gone.
func TestFuncNotFoundOutranksStale(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		f := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Minute, StaleIfError: time.Hour})
		expectGet(t, f, "1", nil)
		s.fail(ctxcache.ErrNotFound)
		time.Sleep(10 * time.Second)
		expectGet(t, f, "1", nil) // the refresh finds nothing
		expectGet(t, f, "", ctxcache.ErrNotFound)
		s.fail(errors.New("source down"))
		if value, err := f.Get(t.Context(), "k"); err == nil {
			t.Errorf("it came back: %q", value)
		}
	})
}

// A result that its loader does not want stored takes the stale value away, too.
func TestFuncDeclinedResultOutranksStale(t *testing.T) {
	down := errors.New("source down")
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s, decline := newOrigin("k", "1"), false
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			if decline {
				cached.LoadOf[string](ctx).SetTTL(0)
			}
			return s.load(ctx, key)
		}, &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour})
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		decline = true
		time.Sleep(20 * time.Second)
		expectGet(t, f, "2", nil)
		s.fail(down)
		expectGet(t, f, "", down)
	})
}
