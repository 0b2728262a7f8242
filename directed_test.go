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

// expectDirected calls Get of "k" with the directives that direct adds, and waits until what goes on behind it has ended.
func expectDirected(
	t *testing.T, f *cached.Function[string, string], direct func(context.Context) context.Context, want string, wantErr error,
) {
	t.Helper()
	value, err := f.Get(direct(t.Context()), "k")
	expect(t, value, err, want, wantErr)
	synctest.Wait()
}

func atMost(age time.Duration) func(context.Context) context.Context {
	return func(ctx context.Context) context.Context { return ctxcache.WithMaxAge(ctx, age) }
}

func TestFuncBypass(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		f := cached.Func(cache, s.load, &cached.Options{TTL: time.Minute})
		expectDirected(t, f, ctxcache.WithBypass, "1", nil)
		if has, err := f.Contains(t.Context(), "k"); has || err != nil {
			t.Errorf("the result was stored: %v, %v", has, err)
		}
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		expectDirected(t, f, ctxcache.WithBypass, "2", nil)
		expectGet(t, f, "1", nil)
		s.fail(errDown)
		expectDirected(t, f, ctxcache.WithBypass, "", errDown)
		expectGet(t, f, "1", nil)
		if s.count() != 4 {
			t.Errorf("%d loads, want 4", s.count())
		}
	})
}

func TestFuncBypassSharesNoLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type caller struct{}
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			time.Sleep(time.Second)
			return ctx.Value(caller{}).(string), ctx.Err()
		}, nil)
		ask := func(name string, direct func(context.Context) context.Context) {
			ctx := context.WithValue(t.Context(), caller{}, name)
			if got, err := f.Get(direct(ctx), "k"); got != name || err != nil {
				t.Errorf("%s got %q, %v", name, got, err)
			}
		}
		go ask("plain", func(ctx context.Context) context.Context { return ctx })
		synctest.Wait()
		go ask("one", ctxcache.WithBypass)
		go ask("another", ctxcache.WithBypass)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		ask("plain", func(ctx context.Context) context.Context { return ctx })
	})
}

func TestFuncBypassEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended error
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			ended = ctx.Err()
			return "", ended
		}, nil)
		ctx, cancel := context.WithTimeout(ctxcache.WithBypass(t.Context()), time.Second)
		defer cancel()
		if _, err := f.Get(ctx, "k"); err != context.DeadlineExceeded {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		if ended != context.Canceled {
			t.Errorf("the load saw %v", ended)
		}
	})
}

func TestFuncBypassKeepsTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := cached.Func(newMemory(), func(context.Context, string) (string, error) {
			time.Sleep(time.Second)
			return "v", nil
		}, &cached.Options{MaxLoads: 1, MaxQueued: 1, LoadTimeout: 500 * time.Millisecond})
		errs := make(chan error, 3)
		for range 3 {
			go func() {
				_, err := f.Get(ctxcache.WithBypass(t.Context()), "k")
				errs <- err
			}()
			synctest.Wait()
		}
		for _, want := range []error{cached.ErrOverloaded, cached.ErrLoadTimeout, cached.ErrLoadTimeout} {
			if err := <-errs; err != want {
				t.Errorf("got %v, want %v", err, want)
			}
		}
		time.Sleep(time.Second)
	})
}

func TestFuncRefreshDirective(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		f := cached.Func(cache, s.load, &cached.Options{TTL: time.Minute})
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		expectDirected(t, f, ctxcache.WithRefresh, "2", nil)
		expectGet(t, f, "2", nil)
		if s.count() != 2 {
			t.Errorf("%d loads, want 2", s.count())
		}
		got, err := f.GetResult(ctxcache.WithRefresh(t.Context()), "k")
		want := cached.Result[string]{Value: "2", Level: cached.LevelSource, TTL: time.Minute, Loaded: true, Why: cached.WhyLoaded}
		if got != want || err != nil {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	})
}

func TestFuncOnlyCached(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		f := cached.Func(cache, s.load, &cached.Options{
			TTL: 10 * time.Second, StaleFor: 5 * time.Second, StaleIfError: 20 * time.Second, ErrorCooldown: time.Second,
		})
		expectDirected(t, f, ctxcache.WithOnlyCached, "", ctxcache.ErrMiss)
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		time.Sleep(10*time.Second - tick)
		expectDirected(t, f, ctxcache.WithOnlyCached, "1", nil)
		time.Sleep(tick)
		expectDirected(t, f, ctxcache.WithOnlyCached, "1", nil) // stale, and not refreshed
		time.Sleep(5 * time.Second)
		expectDirected(t, f, ctxcache.WithOnlyCached, "", ctxcache.ErrMiss) // no load has failed
		if s.count() != 1 {
			t.Errorf("%d loads, want 1", s.count())
		}
		s.fail(errDown)
		expectGet(t, f, "1", nil)
		expectDirected(t, f, ctxcache.WithOnlyCached, "1", nil) // the load has failed
	})
}

func TestFuncOnlyCachedDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := cached.Func(newMemory(), func(context.Context, string) (string, error) {
			time.Sleep(time.Second)
			return "v", nil
		}, nil)
		go func() { _, _ = f.Get(t.Context(), "k") }()
		synctest.Wait()
		began := time.Now()
		expectDirected(t, f, ctxcache.WithOnlyCached, "", ctxcache.ErrMiss)
		if waited := time.Since(began); waited != 0 {
			t.Errorf("waited for %v", waited)
		}
		time.Sleep(time.Second)
	})
}

func TestFuncOnlyCachedReportsTheCache(t *testing.T) {
	heard := 0
	f := cached.Func[string, string](brokenThree{get: errDown}, func(context.Context, string) (string, error) {
		t.Error("the source was asked")
		return "", nil
	}, &cached.Options{OnCacheError: func(context.Context, error) { heard++ }})
	ctx := ctxcache.WithOnlyCached(t.Context())
	if _, err := f.Get(ctx, "k"); !errors.Is(err, errDown) || heard != 1 {
		t.Errorf("got %v; the hook heard %d times", err, heard)
	}
	if _, err := f.GetMany(ctx, []string{"k", "l"}); !errors.Is(err, errDown) {
		t.Errorf("GetMany got %v", err)
	}
}

func TestFuncMaxAge(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		f := cached.Func(cache, s.load, &cached.Options{TTL: time.Minute, StaleIfError: time.Minute})
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		time.Sleep(2 * time.Second)
		expectDirected(t, f, atMost(2*time.Second), "1", nil)
		time.Sleep(tick)
		expectDirected(t, f, func(ctx context.Context) context.Context {
			return ctxcache.WithOnlyCached(atMost(2 * time.Second)(ctx))
		}, "", ctxcache.ErrMiss)
		expectGet(t, f, "1", nil)
		s.fail(errDown)
		expectDirected(t, f, atMost(2*time.Second), "", errDown)
		expectGet(t, f, "1", nil)
		s.fail(nil)
		time.Sleep(2 * time.Second)
		expectDirected(t, f, atMost(2*time.Second), "2", nil)
		expectGet(t, f, "2", nil)
		if s.count() != 3 {
			t.Errorf("%d loads, want 3", s.count())
		}
	})
}

func TestFuncMaxAgeOfAnUnknownAge(t *testing.T) {
	s := newOrigin("k", "2")
	cache := newMemory()
	f := cached.Func(cache, s.load, nil)
	if err := cache.Set(t.Context(), "k", "1", time.Hour); err != nil {
		t.Fatal(err)
	}
	if value, err := f.Get(ctxcache.WithMaxAge(t.Context(), time.Hour), "k"); value != "2" || err != nil {
		t.Errorf("got %q, %v", value, err)
	}
}

func TestFuncMaxAgeOfNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin()
		f := cached.Func(newMemory(), s.load, &cached.Options{NotFoundTTL: time.Minute})
		expectGet(t, f, "", ctxcache.ErrNotFound)
		s.set("k", "1")
		time.Sleep(2 * time.Second)
		expectDirected(t, f, atMost(2*time.Second), "", ctxcache.ErrNotFound)
		time.Sleep(tick)
		expectDirected(t, f, atMost(2*time.Second), "1", nil)
		expectGet(t, f, "1", nil)
	})
}

// A caller with a MaxAge joins a load that is younger than that. It does not take the result of an older one.
func TestFuncMaxAgeOfALoad(t *testing.T) {
	for name, c := range map[string]struct {
		wait  time.Duration // after the first call
		loads int
	}{
		"young": {time.Second, 1},
		"old":   {time.Second + tick, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newOrigin("k", "1")
				f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
					time.Sleep(3 * time.Second)
					return s.load(ctx, key)
				}, nil)
				go func() { _, _ = f.Get(t.Context(), "k") }()
				time.Sleep(c.wait)
				for range 10 {
					go func() {
						value, err := f.Get(atMost(time.Second)(t.Context()), "k")
						expect(t, value, err, "1", nil)
					}()
				}
				time.Sleep(10 * time.Second)
				if s.count() != c.loads {
					t.Errorf("%d loads, want %d", s.count(), c.loads)
				}
			})
		})
	}
}

func TestFuncLoadsWithoutDirectives(t *testing.T) {
	inner := newOrigin("k", "1")
	inside := cached.Func(newMemory(), inner.load, nil)
	outside := cached.Func(newMemory(), inside.Get, nil)
	for _, direct := range []func(context.Context) context.Context{ctxcache.WithBypass, ctxcache.WithRefresh, atMost(0)} {
		if value, err := outside.Get(direct(t.Context()), "k"); value != "1" || err != nil {
			t.Errorf("got %q, %v", value, err)
		}
	}
	if inner.count() != 1 {
		t.Errorf("the inner function loaded %d times, want once", inner.count())
	}
}
