package cached_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// origin is what the tests cache: it counts how often it is asked, and has one value per key that can be changed.
type origin struct {
	mu     sync.Mutex
	values map[string]string
	err    error
	loads  int
}

func newOrigin(pairs ...string) *origin {
	s := &origin{values: make(map[string]string)}
	for i := 0; i < len(pairs); i += 2 {
		s.values[pairs[i]] = pairs[i+1]
	}
	return s
}

func (s *origin) load(_ context.Context, key string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loads++
	if s.err != nil {
		return "", s.err
	}
	value, ok := s.values[key]
	if !ok {
		return "", ctxcache.ErrNotFound
	}
	return value, nil
}

func (s *origin) set(key, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = value
}

func (s *origin) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *origin) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads
}

func (s *origin) expect(t *testing.T, loads int) {
	t.Helper()
	if got := s.count(); got != loads {
		t.Errorf("the source was asked %d times, want %d", got, loads)
	}
}

// expect fails the test unless value and err are what was wanted.
func expect(t *testing.T, value string, err error, want string, wantErr error) {
	t.Helper()
	if value != want || !errors.Is(err, wantErr) {
		t.Errorf("got %q, %v; want %q, %v", value, err, want, wantErr)
	}
}

func newMemory() *memory.Cache[string, string] { return memory.New[string, string](nil) }

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
		squares := cached.Func(memory.New[int, int](nil), func(_ context.Context, n int) (int, error) {
			loads.Add(1)
			time.Sleep(time.Second) // in the bubble: until all callers wait
			return n * n, nil
		}, nil)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				n := i % keys
				if got, err := squares.Get(t.Context(), n); got != n*n || err != nil {
					t.Errorf("%d: got %d, %v", n, got, err)
				}
			})
		}
		wg.Wait()
		if got := loads.Load(); got != keys {
			t.Errorf("%d loads of %d keys", got, keys)
		}
	})
}

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
	if err != ctxcache.ErrMiss || other == nil {
		t.Fatal(err)
	}
	s := newOrigin("k", "new")
	f := cached.Func(cache, s.load, nil)
	value, err := f.Refresh(t.Context(), "k")
	expect(t, value, err, "new", nil)
	if err := other.Fill(t.Context(), ctxcache.Entry[string]{Value: "old"}); err != ctxcache.ErrLeaseLost {
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

// flaky is a memory cache whose reads, leases and fills fail while err is set.
type flaky struct {
	ctxcache.Forward[string, string]
	err atomic.Pointer[error]
}

func newFlaky(err error) *flaky {
	c := &flaky{Forward: ctxcache.NewForward[string, string](newMemory())}
	c.err.Store(&err)
	return c
}

func (c *flaky) Get(ctx context.Context, key string) (string, error) {
	if err := *c.err.Load(); err != nil {
		return "", err
	}
	return c.Forward.Get(ctx, key)
}

func (c *flaky) GetLease(
	ctx context.Context, key string, below time.Duration,
) (ctxcache.Entry[string], ctxcache.Lease[string], error) {
	if err := *c.err.Load(); err != nil {
		return ctxcache.Entry[string]{}, nil, err
	}
	return c.Forward.GetLease(ctx, key, below)
}

func TestFuncCacheErrors(t *testing.T) {
	down := ctxcache.Fail("test", "get", errors.New("cache down"))
	t.Run("by default it loads, and counts them", func(t *testing.T) {
		s := newOrigin("k", "v")
		f := cached.Func(newFlaky(down), s.load, nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		if stats, err := f.Stats(t.Context()); stats.Errors != 2 || stats.Loads != 1 || err != nil {
			t.Errorf("counted %+v, %v; want the errors of Get and GetLease", stats, err)
		}
	})
	t.Run("OnCacheError may refuse", func(t *testing.T) {
		s := newOrigin("k", "v")
		refusal := errors.New("refused")
		f := cached.Func(newFlaky(down), s.load, &cached.Options{OnCacheError: func(_ context.Context, err error) error {
			if err != down {
				t.Errorf("got %v", err)
			}
			return refusal
		}})
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "", refusal)
		s.expect(t, 0)
	})
	t.Run("corrupt entries are loaded and overwritten, not reported", func(t *testing.T) {
		s := newOrigin("k", "v")
		f := cached.Func(newFlaky(ctxcache.Fail("test", "get", ctxcache.ErrCorrupt)), s.load,
			&cached.Options{OnCacheError: func(_ context.Context, err error) error { return err }})
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
	})
	t.Run("a done context is the caller's", func(t *testing.T) {
		s := newOrigin("k", "v")
		f := cached.Func(newMemory(), s.load, &cached.Options{OnCacheError: func(_ context.Context, err error) error {
			t.Errorf("reported %v", err)
			return nil
		}})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		value, err := f.Get(ctx, "k")
		expect(t, value, err, "", context.Canceled)
		s.expect(t, 0)
	})
}

func TestFuncInvalidOptions(t *testing.T) {
	for name, opts := range map[string]cached.Options{
		"TTL":         {TTL: -1},
		"Jitter":      {Jitter: 1.5},
		"NotFoundTTL": {NotFoundTTL: -1},
		"MaxLoads":    {MaxLoads: -1},
	} {
		err := opts.Validate()
		if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: Validate says %v", name, err)
		}
		f := cached.Func(newMemory(), newOrigin().load, &opts)
		_, getErr := f.Get(t.Context(), "k")
		_, refreshErr := f.Refresh(t.Context(), "k")
		_, containsErr := f.Contains(t.Context(), "k")
		_, deleteErr := f.Delete(t.Context(), "k")
		_, statsErr := f.Stats(t.Context())
		for _, err := range []error{getErr, refreshErr, containsErr, deleteErr, statsErr} {
			if !errors.Is(err, ctxcache.ErrOptions) {
				t.Errorf("%s: a call says %v", name, err)
			}
		}
	}
	if err := (*cached.Options)(nil).Validate(); err != nil {
		t.Errorf("no options: %v", err)
	}
	plain := struct{ ctxcache.Cache[string, string] }{newMemory()} // three methods, and nothing else
	f := cached.Func(plain, newOrigin().load, &cached.Options{NotFoundTTL: time.Second})
	if _, err := f.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("NotFoundTTL over a cache without negative entries: %v", err)
	}
}

func TestFuncOverThreeMethods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin("k", "old")
		plain := struct{ ctxcache.Cache[string, string] }{newMemory()}
		entered, open := make(chan struct{}, 2), make(chan struct{})
		f := cached.Func(plain, func(ctx context.Context, key string) (string, error) {
			value, err := s.load(ctx, key)
			entered <- struct{}{}
			<-open
			return value, err
		}, nil)
		get := async(func() (string, error) { return f.Get(t.Context(), "k") })
		<-entered
		s.set("k", "new")
		if _, err := f.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		close(open)
		<-get
		value, err := f.Get(t.Context(), "k") // what the first load brought was not stored
		expect(t, value, err, "new", nil)
		was, err := f.Delete(t.Context(), "k")
		if !was || err != nil {
			t.Errorf("Delete: %v, %v", was, err)
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
			cached.SetTTL(ctx, time.Hour)
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
		}, &cached.Options{Detach: true})
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
	if lease == nil || err != ctxcache.ErrMiss {
		t.Fatalf("the panicking load kept its lease: %v", err)
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	panicking = false
	value, err := f.Get(t.Context(), "k")
	expect(t, value, err, "v", nil)
}
