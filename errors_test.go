package cached_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// flaky is a memory cache whose reads, leases and fills fail while err is set.
type flaky struct {
	ctxcache.Forward[string, string]
	err atomic.Pointer[error]
}

func newFlaky(err error) *flaky {
	c := &flaky{Forward: ctxcache.NewForward[string, string](newMemory(), ctxcache.Description{Kind: "flaky"})}
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
) (ctxcache.Entry[string], ctxcache.Lease, error) {
	if err := *c.err.Load(); err != nil {
		return ctxcache.Entry[string]{}, ctxcache.Lease{}, err
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
		if stats, err := f.Stats(t.Context()); stats.Errors != 1 || stats.Loads != 1 || err != nil {
			t.Errorf("counted %+v, %v; want the error of Get, after which no lease is asked for", stats, err)
		}
	})
	t.Run("OnCacheError only hears", func(t *testing.T) {
		s := newOrigin("k", "v")
		var heard atomic.Int64
		f := cached.Func(newFlaky(down), s.load, &cached.Options{OnCacheError: func(_ context.Context, err error) {
			heard.Add(1)
			if err != down {
				t.Errorf("got %v", err)
			}
		}})
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		if stats, err := f.Stats(t.Context()); stats.Errors != 1 || heard.Load() != 1 || err != nil {
			t.Errorf("counted %+v, %v, and heard of %d; want the error of Get", stats, err, heard.Load())
		}
	})
	t.Run("Strict refuses, and counts them", func(t *testing.T) {
		s := newOrigin("k", "v")
		var heard error
		f := cached.Func(newFlaky(down), s.load, &cached.Options{
			Strict:       true,
			OnCacheError: func(_ context.Context, err error) { heard = err },
		})
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "", down)
		s.expect(t, 0)
		if stats, err := f.Stats(t.Context()); stats.Errors != 1 || heard != down || err != nil {
			t.Errorf("counted %+v, %v, and heard of %v", stats, err, heard)
		}
	})
	t.Run("corrupt entries are reported, loaded and overwritten, even with Strict", func(t *testing.T) {
		s := newOrigin("k", "v")
		var heard []error
		corrupt := ctxcache.Fail("test", "get", ctxcache.ErrCorrupt)
		f := cached.Func(newFlaky(corrupt), s.load,
			&cached.Options{Strict: true, OnCacheError: func(_ context.Context, err error) { heard = append(heard, err) }})
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		if len(heard) != 1 || heard[0] != corrupt {
			t.Errorf("heard of %v", heard)
		}
		if stats, err := f.Stats(t.Context()); stats.Corrupt != 1 || stats.Errors != 1 || err != nil {
			t.Errorf("counted %+v, %v", stats, err)
		}
	})
	t.Run("a done context is the caller's", func(t *testing.T) {
		s := newOrigin("k", "v")
		f := cached.Func(newMemory(), s.load, &cached.Options{OnCacheError: func(_ context.Context, err error) {
			t.Errorf("reported %v", err)
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
		"LoadTimeout": {LoadTimeout: -1},
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
