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
				cached.SetTTL(ctx, ttl)
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
		cached.SetTTL(t.Context(), time.Second) // no loader's context: nothing
	})
}
