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

// Callers wait for the fill as long as for a read. It goes on behind them, and Close waits for it.
func TestFuncStoresBehindItsCallers(t *testing.T) {
	for _, test := range []struct {
		timeouts   ctxcache.Timeouts
		fill       func(context.Context) error
		want, ends time.Duration
		stored     bool
	}{
		{unlimited, after(900 * time.Millisecond), 100 * time.Millisecond, 900 * time.Millisecond, true},
		{
			ctxcache.Timeouts{Read: 30 * time.Millisecond, Write: 8 * time.Second},
			after(7 * time.Second),
			30 * time.Millisecond, 7 * time.Second, true,
		},
		// The limits of the cache are not known.
		{ctxcache.Timeouts{}, after(4 * time.Second), 100 * time.Millisecond, 4 * time.Second, true},
		{ctxcache.Timeouts{}, hang, 100 * time.Millisecond, 10 * time.Second, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newSlow(newMemory())
			c.timeouts, c.fill = test.timeouts, test.fill
			if !test.stored {
				c.end = hang
			}
			f := cached.Func[string, string](c, newOrigin("k", "v").load, nil)
			begin := time.Now()
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "v", nil)
			if took := time.Since(begin); took != test.want {
				t.Errorf("%+v: the caller waited %v, want %v", test.timeouts, took, test.want)
			}
			if err := f.Close(t.Context()); err != nil || time.Since(begin) != test.ends {
				t.Errorf("%+v: Close: %v after %v", test.timeouts, err, time.Since(begin))
			}
			if has, err := c.Contains(t.Context(), "k"); has != test.stored || err != nil {
				t.Errorf("%+v: stored: %v, %v", test.timeouts, has, err)
			}
		})
	}
}

// The source fails, and the lease cannot be given back: the callers do not wait for that either.
func TestFuncGivesTheLeaseBackBehindItsCallers(t *testing.T) {
	for name, answer := range map[string]error{"the source fails": errors.New("source down"), "no such thing": ctxcache.ErrNotFound} {
		synctest.Test(t, func(t *testing.T) {
			c := newSlow(newMemory())
			c.timeouts, c.end = ctxcache.Timeouts{Read: 100 * time.Millisecond, Write: time.Second}, after(time.Second)
			f := cached.Func[string, string](c, func(context.Context, string) (string, error) { return "", answer }, nil)
			begin := time.Now()
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "", answer)
			if took := time.Since(begin); took != 100*time.Millisecond {
				t.Errorf("%s: the caller waited %v", name, took)
			}
			if err := f.Close(t.Context()); err != nil || c.releases.Load() != 1 {
				t.Errorf("%s: Close: %v; %d releases", name, err, c.releases.Load())
			}
		})
	}
}

// A fill that fails behind its callers takes the old value away, and is reported.
func TestFuncFillThatFailsBehindItsCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSlow(newMemory())
		c.timeouts = ctxcache.Timeouts{Read: 100 * time.Millisecond, Write: time.Second}
		c.fill = func(context.Context) error { time.Sleep(time.Second); return ctxcache.ErrTimeout }
		f := cached.Func[string, string](c, newOrigin("k", "v").load, nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "v", nil)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
		stats, err := f.Stats(t.Context())
		if stats.Unstored.Failed != 1 || stats.Errors != 1 || c.drops.Load() != 1 || err != nil {
			t.Errorf("counted %+v, %v; %d drops", stats, err, c.drops.Load())
		}
	})
}

// A caller that asks while the result is stored behind others does not get it: the key may have been invalidated.
func TestFuncCallerThatComesWhileTheResultIsStoredBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSlow(newMemory())
		c.timeouts = ctxcache.Timeouts{Read: 100 * time.Millisecond, Write: time.Second}
		c.fill = after(time.Second)
		s := newOrigin("k", "old")
		f := cached.Func[string, string](c, s.load, nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "old", nil)
		s.set("k", "new")
		if err := c.Forward.Delete(t.Context(), "k"); err != nil { // another process
			t.Fatal(err)
		}
		value, err = f.Get(t.Context(), "k")
		expect(t, value, err, "new", nil)
		time.Sleep(time.Minute)
		value, err = f.Get(t.Context(), "k")
		expect(t, value, err, "new", nil)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// Over three methods, too: a Delete while the result is stored behind its callers.
func TestFuncDeleteWhileTheResultIsStoredBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plain := &slowSet{Cache: newMemory(), open: make(chan struct{})}
		s := newOrigin("k", "old")
		f := cached.Func[string, string](plain, s.load, nil)
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "old", nil)
		s.set("k", "new")
		if _, err := f.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		close(plain.open)
		synctest.Wait()
		value, err = f.Get(t.Context(), "k")
		expect(t, value, err, "new", nil)
	})
}

// slowSet is a cache of three methods whose Set waits.
type slowSet struct {
	ctxcache.Cache[string, string]
	open chan struct{}
}

func (c *slowSet) Set(ctx context.Context, key, value string, ttl time.Duration) error {
	<-c.open
	return c.Cache.Set(ctx, key, value, ttl)
}
