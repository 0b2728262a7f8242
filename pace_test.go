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

// hot asks for key every second, with a deadline of a second, until it gets an answer or gives up after limit. It returns
// how long that took.
func hot(t *testing.T, f *cached.Function[string, string], key string, limit time.Duration) time.Duration {
	t.Helper()
	for begin := time.Now(); ; {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := f.Get(ctx, key)
		cancel()
		took := time.Since(begin)
		if err == nil || took >= limit {
			return took
		}
		if err != context.DeadlineExceeded {
			t.Fatal(err)
		}
	}
}

// The load of a hot key hangs. Callers with short deadlines would all join it until its time is over.
func TestFuncHotKeyIsNotHeldByALoadThatHangs(t *testing.T) {
	for _, test := range []struct {
		name string
		slow time.Duration // how long loads take
		want time.Duration // until the hot key is answered
	}{
		{"fast loads", time.Millisecond, 10 * time.Second},
		{"slow loads", 4 * time.Second, 20 * time.Second},
	} {
		for name, cache := range map[string]ctxcache.Cache[string, string]{
			"leases": newMemory(), "three methods": struct{ ctxcache.Cache[string, string] }{newMemory()},
		} {
			t.Run(test.name+", "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					open := make(chan struct{})
					var loads atomic.Int64
					f := cached.Func(cache, func(_ context.Context, key string) (string, error) {
						if key == "hot" && loads.Add(1) == 1 {
							<-open
							return "old", nil
						}
						time.Sleep(test.slow)
						return "new", nil
					}, nil)
					if _, err := f.Get(t.Context(), "warm"); err != nil { // so that the time of a load is known
						t.Fatal(err)
					}
					if got := hot(t, f, "hot", time.Minute); got < test.want || got > test.want+5*time.Second {
						t.Errorf("the hot key was answered after %v, want %v", got, test.want)
					}
					value, err := cache.Get(t.Context(), "hot")
					expect(t, value, err, "new", nil)
					close(open) // the first load ends, and its result is not stored
					synctest.Wait()
					value, err = f.Get(t.Context(), "hot")
					expect(t, value, err, "new", nil)
					if loads.Load() != 2 {
						t.Errorf("%d loads", loads.Load())
					}
					stats, err := f.Stats(t.Context())
					if stats.Unstored.Total() != 1 || err != nil {
						t.Errorf("counted %+v, %v", stats.Unstored, err)
					}
				})
			})
		}
	}
}

// If all loads of the key hang, the source is asked three times, and not for each caller.
func TestFuncHotKeyWhoseLoadsAllHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hanging atomic.Int64
		f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			if key == "hot" {
				hanging.Add(1)
				<-ctx.Done()
				return "", ctx.Err()
			}
			return "v", nil
		}, nil)
		if _, err := f.Get(t.Context(), "warm"); err != nil {
			t.Fatal(err)
		}
		hot(t, f, "hot", 4*time.Minute)
		time.Sleep(5 * time.Minute) // until all of them have ended
		if got := hanging.Load(); got != 3 {
			t.Errorf("the source was asked %d times, want 3", got)
		}
	})
}

// A slow source is not a hung one: the first slow answer makes callers patient.
func TestFuncSourceThatBecomesSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var loads atomic.Int64
		takes := time.Millisecond
		f := cached.Func(newMemory(), func(context.Context, string) (string, error) {
			loads.Add(1)
			time.Sleep(takes)
			return "v", nil
		}, nil)
		if _, err := f.Get(t.Context(), "warm"); err != nil {
			t.Fatal(err)
		}
		takes = 25 * time.Second
		for _, key := range []string{"a", "b", "c"} {
			hot(t, f, key, time.Minute)
		}
		if got := loads.Load(); got > 1+3+1+1 { // two more for the first key only
			t.Errorf("%d loads", got)
		}
	})
}

// A Refresh does not wait for a load that hangs either.
func TestFuncRefreshDoesNotWaitForALoadThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := make(chan struct{})
		var loads atomic.Int64
		f := cached.Func(newMemory(), func(_ context.Context, key string) (string, error) {
			if key == "hot" && loads.Add(1) == 1 {
				<-open
			}
			return "v", nil
		}, nil)
		if _, err := f.Get(t.Context(), "warm"); err != nil {
			t.Fatal(err)
		}
		first := async(func() (string, error) { return f.Get(t.Context(), "hot") })
		time.Sleep(11 * time.Second)
		begin := time.Now()
		value, err := f.Refresh(t.Context(), "hot")
		expect(t, value, err, "v", nil)
		if time.Since(begin) > time.Second {
			t.Errorf("the refresh took %v", time.Since(begin))
		}
		close(open)
		<-first
	})
}
