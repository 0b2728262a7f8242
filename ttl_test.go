package cached_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestFuncTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin("k", "v")
		f := cached.Func(newMemory(), s.load, &cached.Options{TTL: time.Minute})
		get := func() {
			t.Helper()
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "v", nil)
		}
		get()
		time.Sleep(time.Minute - time.Millisecond)
		get()
		s.expect(t, 1)
		time.Sleep(2 * time.Millisecond)
		get()
		s.expect(t, 2)
	})
}

func TestFuncJitterShortensWithinItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := newMemory()
		f := cached.Func(cache, func(context.Context, string) (string, error) { return "v", nil },
			&cached.Options{TTL: time.Minute, Jitter: 0.5})
		lives := make(map[time.Duration]bool)
		for i := range 200 {
			key := fmt.Sprint(i)
			if _, err := f.Get(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			e, err := cache.GetEntry(t.Context(), key)
			if err != nil || e.TTL < 30*time.Second || e.TTL > time.Minute {
				t.Fatalf("lives for %v, %v", e.TTL, err)
			}
			lives[e.TTL] = true
		}
		if len(lives) < 100 {
			t.Errorf("only %d different lives of 200", len(lives))
		}
	})
}

func TestFuncJitterLeavesALifeThatCachesReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := newMemory()
		f := cached.Func(cache, func(context.Context, string) (string, error) { return "v", nil },
			&cached.Options{TTL: 2 * time.Millisecond, Jitter: 1})
		for i := range 200 {
			key := fmt.Sprint(i)
			if _, err := f.Get(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			if e, err := cache.GetEntry(t.Context(), key); err != nil || e.TTL < time.Millisecond {
				t.Fatalf("lives for %v, %v; want at least 1 ms", e.TTL, err)
			}
		}
	})
}

func TestFuncLoaderErrorsAreNotCached(t *testing.T) {
	s := newOrigin("k", "v")
	down := errors.New("source down")
	s.fail(down)
	f := cached.Func(newMemory(), s.load, nil)
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "", down)
	if err != down {
		t.Errorf("the loader's error came as %v", err)
	}
	s.fail(nil)
	value, err = f.Get(t.Context(), "k")
	expect(t, value, err, "v", nil)
}

func TestFuncNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin()
		forgetful := cached.Func(newMemory(), s.load, nil)
		for range 2 {
			value, err := forgetful.Get(t.Context(), "k")
			expect(t, value, err, "", ctxcache.ErrNotFound)
		}
		s.expect(t, 2)

		s = newOrigin()
		f := cached.Func(newMemory(), s.load, &cached.Options{TTL: time.Hour, NotFoundTTL: time.Second})
		for range 2 {
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "", ctxcache.ErrNotFound)
		}
		s.expect(t, 1)
		if has, err := f.Contains(t.Context(), "k"); has || err != nil {
			t.Errorf("Contains: %v, %v", has, err)
		}
		s.set("k", "v")
		time.Sleep(time.Second + time.Millisecond)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
	})
}

func TestFuncSetTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := newMemory()
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			ttl, err := time.ParseDuration(key)
			if err == nil {
				cached.LoadOf[string](ctx).SetTTL(ttl)
			}
			return key, nil
		}, &cached.Options{TTL: time.Minute})
		for key, want := range map[string]time.Duration{"default": time.Minute, "5s": 5 * time.Second} {
			if _, err := f.Get(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			if e, err := cache.GetEntry(t.Context(), key); e.TTL != want || err != nil {
				t.Errorf("%s: TTL %v, %v", key, e.TTL, err)
			}
		}
		value, err := f.Get(t.Context(), "-1s") // is returned, but cannot be stored
		expect(t, value, err, "-1s", nil)
		if has, _ := f.Contains(t.Context(), "-1s"); has {
			t.Error("stored with a negative TTL")
		}
		if stats, err := f.Stats(t.Context()); stats.Errors != 1 || err != nil {
			t.Errorf("%d errors counted, %v", stats.Errors, err)
		}
		cached.LoadOf[string](t.Context()).SetTTL(time.Second) // no loader's context: nothing
	})
}

// unstored is a source whose values are not to be stored.
func unstored(s *origin) func(context.Context, string) (string, error) {
	return func(ctx context.Context, key string) (string, error) {
		cached.LoadOf[string](ctx).SetTTL(time.Minute)
		cached.LoadOf[string](ctx).SetTTL(0) // the last call counts
		return s.load(ctx, key)
	}
}

func TestFuncSetTTLZeroStoresNothing(t *testing.T) {
	for name, cache := range map[string]ctxcache.Cache[string, string]{
		"with leases":    newMemory(),
		"without leases": struct{ ctxcache.Cache[string, string] }{newMemory()},
	} {
		t.Run(name, func(t *testing.T) {
			s := newOrigin("k", "v")
			f := cached.Func(cache, unstored(s), &cached.Options{TTL: time.Minute, Jitter: 0.5})
			for range 2 {
				value, err := f.Get(t.Context(), "k")
				expect(t, value, err, "v", nil)
				if has, err := f.Contains(t.Context(), "k"); has || err != nil {
					t.Errorf("Contains: %v, %v", has, err)
				}
			}
			s.expect(t, 2)

			// A refresh does not store its value either, and the one that it was to replace goes.
			if err := cache.Set(t.Context(), "k", "old", 0); err != nil {
				t.Fatal(err)
			}
			value, err := f.Refresh(t.Context(), "k")
			expect(t, value, err, "v", nil)
			if has, err := f.Contains(t.Context(), "k"); has || err != nil {
				t.Errorf("Contains after Refresh: %v, %v", has, err)
			}
			if stats, err := f.Stats(t.Context()); stats.Errors != 0 || err != nil {
				t.Errorf("%d errors, %v", stats.Errors, err)
			}
		})
	}
}

// Callers who wait for a value that is not stored get it, all by one load: that the lease could be given back proves that
// nothing invalidated the key meanwhile. If something did, those that came after it get a load of their own.
func TestFuncJoinersOfWhatIsNotStored(t *testing.T) {
	for name, source := range map[string]func(*origin) func(context.Context, string) (string, error){
		"SetTTL 0":  unstored,
		"not found": func(s *origin) func(context.Context, string) (string, error) { return s.load },
	} {
		for _, invalidated := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, invalidated %v", name, invalidated), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, open := newOrigin(), make(chan struct{})
					if name == "SetTTL 0" {
						s.set("k", "old")
					}
					load, cache := source(s), newMemory()
					f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
						value, err := load(ctx, key)
						<-open
						return value, err
					}, nil)
					first := async(func() (string, error) { return f.Get(t.Context(), "k") })
					synctest.Wait() // it has read the source
					if invalidated {
						s.set("k", "new")
						if err := cache.Delete(t.Context(), "k"); err != nil {
							t.Fatal(err)
						}
					}
					second := async(func() (string, error) { return f.Get(t.Context(), "k") })
					synctest.Wait()
					close(open)
					led, joined := <-first, <-second
					if invalidated {
						expect(t, joined.value, joined.err, "new", nil)
						s.expect(t, 2)
					} else {
						expect(t, joined.value, joined.err, led.value, led.err)
						s.expect(t, 1)
					}
				})
			})
		}
	}
}
