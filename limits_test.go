package cached_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

var unlimited = ctxcache.Timeouts{Read: ctxcache.NoExpiry, Write: ctxcache.NoExpiry}

// After a failed Get the cache is not asked a second time: neither for a lease, nor to store.
func TestFuncAsksNoLeaseAfterAFailedGet(t *testing.T) {
	down := errors.New("cache down")
	for name, bare := range map[string]bool{"leases": false, "three methods": true} {
		c := newSlow(newMemory())
		c.get = func(context.Context) error { return down }
		var cache ctxcache.Cache[string, string] = c
		if bare {
			cache = struct{ ctxcache.Cache[string, string] }{c}
		}
		f := cached.Func(cache, newOrigin("k", "v").load, nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		if c.gets.Load() != 1 || c.leases.Load() != 0 {
			t.Errorf("%s: %d Gets, %d GetLeases", name, c.gets.Load(), c.leases.Load())
		}
		stats, err := f.Stats(t.Context())
		if stats.Unstored != (ctxcache.Unstored{Unavailable: 1}) || stats.Errors != 1 || err != nil {
			t.Errorf("%s: counted %+v, %v", name, stats, err)
		}
	}
}

// A cache that hangs costs a call 100 ms, if it says that it is remote and sets no limit itself.
func TestFuncLimitsARemoteCacheThatHangs(t *testing.T) {
	for name, hang := range map[string]func(context.Context) error{"honours its context": hang, "ignores it": after(time.Minute)} {
		synctest.Test(t, func(t *testing.T) {
			c := newSlow(newMemory())
			c.timeouts, c.get, c.lease, c.fill, c.end = unlimited, hang, hang, hang, hang
			var heard hearing
			f := cached.Func[string, string](c, newOrigin("k", "v").load, &cached.Options{OnCacheError: heard.hear})
			begin := time.Now()
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "v", nil)
			if took := time.Since(begin); took != 100*time.Millisecond {
				t.Errorf("%s: the call took %v", name, took)
			}
			if errs := heard.all(); len(errs) != 1 || !errors.Is(errs[0], ctxcache.ErrTimeout) {
				t.Errorf("%s: heard of %v", name, errs)
			}
			begin = time.Now()
			value, err = f.Refresh(t.Context(), "k")
			expect(t, value, err, "v", nil)
			if took := time.Since(begin); took > 5100*time.Millisecond {
				t.Errorf("%s: the refresh took %v", name, took)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			value, err = f.Get(ctx, "k")
			expect(t, value, err, "", context.DeadlineExceeded)
			if err := f.Close(t.Context()); err != nil { // waits for what goes on behind
				t.Error(err)
			}
		})
	}
}

// Two thousand requests a second over a cache that hangs, each with a deadline of a second: all are answered. The
// goroutines that go on behind them are limited.
func TestFuncAnswersAllRequestsOverACacheThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSlow(newMemory())
		var running, most atomic.Int64
		hangs := func(ctx context.Context) error {
			defer running.Add(-1)
			most.Store(max(most.Load(), running.Add(1)))
			return hang(ctx)
		}
		c.timeouts, c.get, c.lease, c.fill, c.end = unlimited, hangs, hangs, hangs, hangs
		f := cached.Func[string, string](c, func(_ context.Context, key string) (string, error) { return key, nil }, nil)
		var wg sync.WaitGroup
		var slowest atomic.Int64
		for i := range 6000 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * time.Second / 2000)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				begin := time.Now()
				value, err := f.Get(ctx, fmt.Sprint(i))
				expect(t, value, err, fmt.Sprint(i), nil)
				slowest.Store(max(slowest.Load(), int64(time.Since(begin))))
			})
		}
		wg.Wait()
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Duration(slowest.Load()); took > 100*time.Millisecond {
			t.Errorf("the slowest call took %v", took)
		}
		if most.Load() > 1300 { // the limit, and the calls of 100 ms that had begun before
			t.Errorf("%d calls of the cache at a time", most.Load())
		}
	})
}

// A read that is late is not used. A lease that is late is given back.
func TestFuncUsesNothingThatIsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSlow(newMemory())
		c.timeouts, c.lease = unlimited, after(time.Second)
		s := newOrigin("k", "v")
		f := cached.Func[string, string](c, s.load, nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		time.Sleep(2 * time.Second)
		if c.leases.Load() != 1 || c.releases.Load() != 1 {
			t.Errorf("%d leases, %d released", c.leases.Load(), c.releases.Load())
		}
		_, lease, _ := c.Forward.GetLease(t.Context(), "k", 0)
		if !lease.Granted() {
			t.Errorf("the late lease was kept: %v", lease)
		}

		if err := c.Set(t.Context(), "old", "old", 0); err != nil {
			t.Fatal(err)
		}
		c.get, c.lease = after(time.Second), nil
		s.set("old", "new")
		value, err = f.Get(t.Context(), "old")
		expect(t, value, err, "new", nil)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Late failures are reported, even if the cache panics.
func TestFuncReportsALatePanicOfTheCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSlow(newMemory())
		var atOnce atomic.Bool
		c.timeouts = unlimited
		c.get = func(context.Context) error {
			if atOnce.Load() {
				panic("at once")
			}
			time.Sleep(time.Second)
			panic("boom")
		}
		var heard hearing
		f := cached.Func[string, string](c, newOrigin("k", "v").load, &cached.Options{OnCacheError: heard.hear})
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		time.Sleep(2 * time.Second)
		var p *cached.PanicError
		if errs := heard.all(); len(errs) != 2 || !errors.As(errs[1], &p) || p.Value != "boom" {
			t.Errorf("heard of %v", errs)
		}
		atOnce.Store(true)
		defer func() {
			if r := recover(); r != "at once" {
				t.Errorf("the caller's panic: %v", r)
			}
		}()
		_, _ = f.Get(t.Context(), "k")
	})
}

// A cache that panics when a lease is given back, on a goroutine that no caller waits for, does not end the process.
func TestFuncCacheThatPanicsBehindItsCallers(t *testing.T) {
	panics := func(context.Context) error { panic("boom") }
	var p *cached.PanicError
	synctest.Test(t, func(t *testing.T) { // a late lease
		c := newSlow(newMemory())
		c.timeouts, c.lease, c.end = unlimited, after(time.Second), panics
		var heard hearing
		f := cached.Func[string, string](c, newOrigin("k", "v").load, &cached.Options{OnCacheError: heard.hear})
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if errs := heard.all(); len(errs) != 2 || !errors.As(errs[1], &p) || p.Value != "boom" {
			t.Errorf("heard of %v", errs)
		}
	})
	synctest.Test(t, func(t *testing.T) { // a load whose time is over
		c, open := newSlow(newMemory()), make(chan struct{})
		c.end = panics
		f := cached.Func[string, string](c, func(context.Context, string) (string, error) { <-open; return "v", nil }, nil)
		if _, err := f.Get(t.Context(), "k"); !errors.As(err, &p) || p.Value != "boom" {
			t.Errorf("got %v", err)
		}
		close(open)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// hearing is an OnCacheError that keeps what it hears.
type hearing struct {
	mu   sync.Mutex
	errs []error
}

func (h *hearing) hear(_ context.Context, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.errs = append(h.errs, err)
}

func (h *hearing) all() []error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.errs)
}
