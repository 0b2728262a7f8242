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

// A Refresh does not succeed before the old value is replaced or removed. A cache that hangs makes it fail, and the
// callers that only want a value get it.
func TestFuncRefreshOverACacheThatHangs(t *testing.T) {
	never := func(context.Context) error { time.Sleep(time.Hour); return errDown }
	for name, test := range map[string]struct {
		write     time.Duration // the limit that the cache says it has
		fill, end func(context.Context) error
		absent    bool // the source has no such thing any more
		err       error
		atMost    time.Duration
	}{
		"nothing answers":                   {fill: hang, end: hang, err: ctxcache.ErrTimeout, atMost: 10 * time.Second},
		"nothing ends with its context":     {fill: never, end: never, err: ctxcache.ErrTimeout, atMost: 10 * time.Second},
		"the removal hangs":                 {end: hang, absent: true, err: ctxcache.ErrTimeout, atMost: 10 * time.Second},
		"without limits":                    {write: ctxcache.NoExpiry, fill: hang, end: hang, err: ctxcache.ErrTimeout, atMost: 2 * time.Second},
		"the store hangs":                   {fill: hang, atMost: 6 * time.Second},
		"slow, and allowed to be so":        {write: time.Minute, fill: after(40 * time.Second), atMost: 40 * time.Second},
		"hangs longer than it may be slow":  {write: time.Minute, fill: never, end: never, err: ctxcache.ErrTimeout, atMost: 2 * time.Minute},
		"the store is slower than its time": {fill: after(7 * time.Second), atMost: 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache, s := newSlow(newMemory()), newOrigin("k", "old")
				cache.timeouts.Write = test.write
				delay := time.Duration(0)
				f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
					time.Sleep(delay)
					return s.load(ctx, key)
				}, nil)
				expectGet(t, f, "old", nil)
				s.set("k", "new")
				want := "new"
				if test.absent {
					s.fail(ctxcache.ErrNotFound)
				}
				if test.err != nil {
					want = ""
				}
				cache.fill, cache.end = test.fill, test.end
				delay = time.Millisecond
				began := time.Now()
				value, err := f.Refresh(t.Context(), "k")
				expect(t, value, err, want, test.err)
				if took := time.Since(began); took > test.atMost+delay {
					t.Errorf("it took %v", took)
				}
				if err == nil { // others see no older value from now on
					expectGet(t, f, "new", nil)
				}
				if err := f.Close(t.Context()); err != nil && !errors.Is(err, ctxcache.ErrTimeout) {
					t.Error(err)
				}
			})
		})
	}
}

// A Get that has joined the load of such a Refresh gets the value.
func TestFuncGetOfARefreshOverACacheThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := newSlow(newMemory())
		cache.fill, cache.end = hang, hang
		f := cached.Func(cache, func(context.Context, string) (string, error) {
			time.Sleep(time.Second)
			return "new", nil
		}, nil)
		refresh := async(func() (string, error) { return f.Refresh(t.Context(), "k") })
		synctest.Wait()
		get := async(func() (string, error) { return f.Get(t.Context(), "k") })
		r := <-refresh
		expect(t, r.value, r.err, "", ctxcache.ErrTimeout)
		r = <-get
		expect(t, r.value, r.err, "new", nil)
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
