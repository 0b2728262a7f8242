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
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// A refresh behind the callers never replaces what was written meanwhile.
func TestFuncRefreshBehindLosesToASet(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s, delay := newOrigin("k", "1"), time.Duration(0)
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			value, err := s.load(ctx, key)
			time.Sleep(delay)
			return value, err
		}, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Minute})
		expectGet(t, f, "1", nil)
		delay = time.Second
		time.Sleep(10 * time.Second)
		expectGet(t, f, "1", nil) // the refresh has read 1
		if err := f.Set(t.Context(), "k", "2"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		expectGet(t, f, "2", nil)
		time.Sleep(10*time.Second - 2*time.Second - tick)
		expectGet(t, f, "2", nil)
		s.expect(t, 2) // what Set has stored is fresh for a TTL
		time.Sleep(tick)
		expectGet(t, f, "2", nil)
		s.expect(t, 3)
		time.Sleep(time.Second)
	})
}

// unleased is a cache that knows remaining lives, and has no leases.
type unleased struct {
	ctxcache.Cache[string, string]
	ctxcache.EntryCache[string, string]
}

func newUnleased() unleased {
	m := newMemory()
	return unleased{m, m}
}

// agedStacks are caches over which values have an age.
func agedStacks() map[string]func() ctxcache.Cache[string, string] {
	bytes := func() ctxcache.Cache[string, []byte] { return memory.New[string, []byte](nil) }
	return map[string]func() ctxcache.Cache[string, string]{
		"memory":   func() ctxcache.Cache[string, string] { return newMemory() },
		"unleased": func() ctxcache.Cache[string, string] { return newUnleased() },
		"envelope": func() ctxcache.Cache[string, string] {
			return layers.Encoded(bytes(), layers.JSON[string]{}, &layers.EncodedOptions{Envelope: true})
		},
		"two levels": func() ctxcache.Cache[string, string] {
			return twolevel.New(newMemory(), ctxcache.Cache[string, string](newMemory()), nil)
		},
		"near copies": func() ctxcache.Cache[string, string] {
			return twolevel.New(newMemory(), ctxcache.Cache[string, string](newMemory()), &twolevel.Options{NearTTL: 3 * time.Second})
		},
	}
}

// agedTest runs a test in a bubble, over each of agedStacks.
func agedTest(t *testing.T, test func(t *testing.T, cache ctxcache.Cache[string, string])) {
	for name, stack := range agedStacks() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, stack()) })
		})
	}
}

// expectGet calls Get of "k", and waits until what goes on behind it has ended.
func expectGet(t *testing.T, f *cached.Function[string, string], want string, wantErr error) {
	t.Helper()
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, want, wantErr)
	synctest.Wait()
}

const tick = time.Millisecond // the smallest life that caches report

func TestFuncStaleFor(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		f := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second, StaleFor: 5 * time.Second})
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		time.Sleep(10*time.Second - tick)
		expectGet(t, f, "1", nil)
		s.expect(t, 1) // it is still fresh
		time.Sleep(tick)
		expectGet(t, f, "1", nil) // it is stale, and is refreshed behind
		s.expect(t, 2)
		expectGet(t, f, "2", nil)
		s.set("k", "3")
		time.Sleep(15*time.Second - tick)
		expectGet(t, f, "2", nil) // the last moment of the window
		s.expect(t, 3)
		s.set("k", "4")
		time.Sleep(15 * time.Second)
		expectGet(t, f, "4", nil) // the window is over, so the caller waits
		s.expect(t, 4)
		if stats, err := f.Stats(t.Context()); stats.Stale != 2 || err != nil {
			t.Errorf("%d stale answers counted, %v; want 2", stats.Stale, err)
		}
	})
}

// While one refresh runs, all callers get the stale value at once, and nobody else asks the source.
func TestFuncStaleForOneRefresh(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s, slow := newOrigin("k", "1"), false
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			if slow {
				time.Sleep(time.Second)
			}
			return s.load(ctx, key)
		}, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Minute})
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		time.Sleep(10 * time.Second)
		slow = true
		began := time.Now()
		for range 100 {
			expectGet(t, f, "1", nil)
		}
		if time.Since(began) != 0 {
			t.Errorf("the callers waited %v", time.Since(began))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		expectGet(t, f, "2", nil)
		s.expect(t, 2)
	})
}

func TestFuncStaleIfError(t *testing.T) {
	down := errors.New("source down")
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		var heard hearing
		f := cached.Func(cache, s.load, &cached.Options{
			TTL: 10 * time.Second, StaleIfError: 20 * time.Second, ErrorCooldown: 3 * time.Second, OnLoadError: heard.hear,
		})
		expectGet(t, f, "1", nil)
		s.fail(down)
		time.Sleep(10 * time.Second)
		expectGet(t, f, "1", nil) // the load fails
		s.expect(t, 2)
		time.Sleep(3*time.Second - 1)
		expectGet(t, f, "1", nil) // the key cools down
		s.expect(t, 2)
		time.Sleep(time.Nanosecond)
		expectGet(t, f, "1", nil)
		s.expect(t, 3)
		if len(heard.all()) != 2 {
			t.Errorf("heard %v, want two errors", heard.all())
		}
		time.Sleep(17*time.Second - tick) // 30 s - 1 ms after the load
		expectGet(t, f, "1", nil)
		time.Sleep(tick)
		expectGet(t, f, "", down) // the window is over
		s.fail(nil)
		time.Sleep(time.Minute)
		s.set("k", "2")
		expectGet(t, f, "2", nil)
	})
}

// A load that fails after the end of the window does not bring the value back.
func TestFuncStaleIfErrorWindowEndsDuringTheLoad(t *testing.T) {
	down := errors.New("source down")
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s, delay := newOrigin("k", "1"), time.Duration(0)
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			time.Sleep(delay)
			return s.load(ctx, key)
		}, &cached.Options{TTL: 10 * time.Second, StaleIfError: 10 * time.Second})
		expectGet(t, f, "1", nil)
		s.fail(down)
		delay = 5 * time.Second
		time.Sleep(15*time.Second - 2*tick)
		expectGet(t, f, "1", nil)
		time.Sleep(2 * tick)
		expectGet(t, f, "", down)
	})
}

func TestFuncSoftTimeout(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s, delay := newOrigin("k", "1"), time.Duration(0)
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			time.Sleep(delay)
			return s.load(ctx, key)
		}, &cached.Options{
			TTL: 10 * time.Second, StaleIfError: time.Minute, SoftTimeout: 200 * time.Millisecond, CancelUnwanted: true,
		})
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		delay = time.Second
		time.Sleep(10 * time.Second)
		began := time.Now()
		waited := func(call func() <-chan result, want string, after time.Duration) {
			t.Helper()
			r := <-call()
			expect(t, r.value, r.err, want, nil)
			if time.Since(began) != after {
				t.Errorf("the answer came after %v, want %v", time.Since(began), after)
			}
		}
		get := func() <-chan result { return async(func() (string, error) { return f.Get(t.Context(), "k") }) }
		leader := get()
		synctest.Wait()
		time.Sleep(150 * time.Millisecond)
		joiner := get()
		waited(func() <-chan result { return leader }, "1", 200*time.Millisecond)
		waited(func() <-chan result { return joiner }, "1", 200*time.Millisecond) // it counts from the beginning of the load
		time.Sleep(300 * time.Millisecond)
		waited(get, "1", 500*time.Millisecond) // at once
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		waited(get, "2", time.Second) // the load went on without callers
		s.expect(t, 2)

		if _, err := f.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		began = time.Now()
		waited(get, "2", time.Second) // with nothing stale, the caller waits
	})
}
