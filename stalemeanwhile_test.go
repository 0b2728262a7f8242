package cached_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// changesOfAnother are changes of "k" that the Function of a test does not make itself. Want and err are what it gets if its
// source is down after that.
var changesOfAnother = map[string]struct {
	change func(ctx context.Context, other *cached.Function[string, string]) error
	want   string
	err    error
}{
	"deleted in the cache": {
		change: func(ctx context.Context, other *cached.Function[string, string]) error {
			return other.Cache().Delete(ctx, "k")
		},
		err: errDown,
	},
	"replaced in the cache": {
		change: func(ctx context.Context, other *cached.Function[string, string]) error {
			return other.Cache().Set(ctx, "k", "2", time.Hour)
		},
		want: "2",
	},
	"deleted by another Function": {
		change: func(ctx context.Context, other *cached.Function[string, string]) error {
			_, err := other.Delete(ctx, "k")
			return err
		},
		err: errDown,
	},
	"replaced by another Function": {
		change: func(ctx context.Context, other *cached.Function[string, string]) error {
			return other.Set(ctx, "k", "2")
		},
		want: "2",
	},
}

// getOrMany calls Get of "k", or GetMany of it.
func getOrMany(ctx context.Context, f *cached.Function[string, string], many bool) (string, error) {
	if !many {
		return f.Get(ctx, "k")
	}
	found, err := f.GetMany(ctx, []string{"k"})
	return found["k"], ctxcache.KeyError(err, "k")
}

// whileALoadRuns calls test over each stack, for each of changesOfAnother, and for Get and GetMany.
func whileALoadRuns(t *testing.T, test func(
	t *testing.T, cache ctxcache.Cache[string, string], many bool,
	change func(context.Context, *cached.Function[string, string]) error, want string, err error,
),
) {
	for how, c := range changesOfAnother {
		for name, many := range map[string]bool{"Get": false, "GetMany": true} {
			t.Run(how+"/"+name, func(t *testing.T) {
				agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
					test(t, cache, many, c.change, c.want, c.err)
				})
			})
		}
	}
}

// A load without a lease, because another Function loads the key, does not notice that the key is changed. If it fails, the
// stale value is gone all the same.
func TestFuncStaleValueThatIsChangedDuringALoadWithoutALeaseThatFails(t *testing.T) {
	whileALoadRuns(t, func(
		t *testing.T, cache ctxcache.Cache[string, string], many bool,
		change func(context.Context, *cached.Function[string, string]) error, want string, wantErr error,
	) {
		opts := &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour}
		delay := time.Duration(0)
		load := func(context.Context, string) (string, error) {
			if delay > 0 {
				time.Sleep(delay)
				return "", errDown
			}
			return "1", nil
		}
		holder, f := cached.Func(cache, load, opts), cached.Func(cache, load, opts)
		expectGet(t, f, "1", nil)
		time.Sleep(20 * time.Second)
		delay = 5 * time.Second
		held := async(func() (string, error) { return holder.Get(t.Context(), "k") })
		synctest.Wait()
		call := async(func() (string, error) { return getOrMany(t.Context(), f, many) })
		synctest.Wait()
		if err := change(t.Context(), holder); err != nil {
			t.Fatal(err)
		}
		r := <-call
		expect(t, r.value, r.err, want, wantErr)
		<-held
	})
}

// While a load is slow, a stale value that was changed meanwhile is not returned.
func TestFuncStaleValueThatIsChangedDuringASlowLoad(t *testing.T) {
	whileALoadRuns(t, func(
		t *testing.T, cache ctxcache.Cache[string, string], many bool,
		change func(context.Context, *cached.Function[string, string]) error, want string, wantErr error,
	) {
		opts := &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour, SoftTimeout: 2 * time.Second}
		s, delay := newOrigin("k", "1"), time.Duration(0)
		load := func(ctx context.Context, key string) (string, error) {
			time.Sleep(delay)
			return s.load(ctx, key)
		}
		other, f := cached.Func(cache, load, opts), cached.Func(cache, load, opts)
		expectGet(t, f, "1", nil)
		time.Sleep(20 * time.Second)
		delay = 5 * time.Second
		s.fail(errDown)
		began := time.Now()
		call := async(func() (string, error) { return getOrMany(t.Context(), f, many) })
		time.Sleep(time.Second)
		if err := change(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		r := <-call
		expect(t, r.value, r.err, want, wantErr)
		if took := time.Since(began); wantErr == nil && took != 2*time.Second {
			t.Errorf("the new value came after %v", took)
		}
		time.Sleep(time.Minute) // until the loads have ended
	})
}

// The cache fails, or hangs, while a load is slow. The callers have their stale values when their patience ends, and not
// noticeably later, however many keys they have asked for.
func TestFuncSlowLoadOverACacheThatFails(t *testing.T) {
	for name, c := range map[string]struct {
		read func(context.Context) error
		wait time.Duration
	}{
		"fails":            {func(context.Context) error { return errDown }, 0},
		"hangs":            {hang, 100 * time.Millisecond},
		"ignores contexts": {after(time.Second), 100 * time.Millisecond},
	} {
		for limits, timeouts := range map[string]ctxcache.Timeouts{
			"says nothing": {}, "has limits": {Read: 3 * time.Second, Write: 3 * time.Second},
			"has none": {Read: ctxcache.NoExpiry, Write: ctxcache.NoExpiry},
		} {
			t.Run(name+"/"+limits, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					keys := []string{"a", "b", "c", "k"}
					delay := time.Duration(0)
					var failing atomic.Bool
					cache := newSlow(newMemory())
					cache.timeouts = timeouts
					f := cached.Func(readsFail{cache, &failing, c.read}, func(context.Context, string) (string, error) {
						time.Sleep(delay)
						return "1", nil
					}, &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour, SoftTimeout: 2 * time.Second})
					if _, err := f.GetMany(t.Context(), keys); err != nil {
						t.Fatal(err)
					}
					time.Sleep(20 * time.Second)
					delay = 5 * time.Second
					began := time.Now()
					one := async(func() (string, error) { return f.Get(t.Context(), "k") })
					many := async(func() (string, error) {
						found, err := f.GetMany(t.Context(), keys)
						if len(found) != len(keys) {
							t.Errorf("GetMany: %v", found)
						}
						return found["k"], err
					})
					time.Sleep(time.Second)
					failing.Store(true)
					for _, call := range []<-chan result{one, many} {
						r := <-call
						expect(t, r.value, r.err, "1", nil)
						if took := time.Since(began); took != 2*time.Second+c.wait {
							t.Errorf("the answer came after %v", took)
						}
					}
					failing.Store(false)
					time.Sleep(time.Minute)
				})
			})
		}
	}
}

// readsFail is a cache whose reads fail from some moment on.
type readsFail struct {
	*slow
	failing *atomic.Bool
	read    func(context.Context) error
}

func (c readsFail) GetEntry(ctx context.Context, key string) (ctxcache.Entry[string], error) {
	if c.failing.Load() {
		if err := c.read(ctx); err != nil {
			return ctxcache.Entry[string]{}, err
		}
	}
	return c.slow.GetEntry(ctx, key)
}

func (c readsFail) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	if c.failing.Load() {
		if err := c.read(ctx); err != nil {
			return nil, err
		}
	}
	return c.slow.GetEntries(ctx, keys)
}

// A load without a lease fails, and so does the cache by then. The stale value is there for that.
func TestFuncStaleValueOfALoadWithoutALeaseInAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failing atomic.Bool
		cache := newSlow(newMemory())
		delay := time.Duration(0)
		opts := &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Hour}
		load := func(context.Context, string) (string, error) {
			if delay > 0 {
				time.Sleep(delay)
				return "", errDown
			}
			return "1", nil
		}
		holder := cached.Func[string, string](cache, load, opts)
		f := cached.Func(readsFail{cache, &failing, func(context.Context) error { return errDown }}, load, opts)
		expectGet(t, f, "1", nil)
		time.Sleep(20 * time.Second)
		delay = 5 * time.Second
		held := async(func() (string, error) { return holder.Get(t.Context(), "k") })
		synctest.Wait()
		call := async(func() (string, error) { return f.Get(t.Context(), "k") })
		synctest.Wait()
		failing.Store(true)
		r := <-call
		expect(t, r.value, r.err, "1", nil)
		<-held
	})
}
