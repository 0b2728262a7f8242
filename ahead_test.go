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

func TestFuncRefreshAhead(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		f := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second, RefreshAhead: 0.8})
		expectGet(t, f, "1", nil)
		s.set("k", "2")
		time.Sleep(8*time.Second - tick)
		expectGet(t, f, "1", nil)
		s.expect(t, 1)
		time.Sleep(tick)
		expectGet(t, f, "1", nil) // the value in the cache, at once
		s.expect(t, 2)
		expectGet(t, f, "2", nil)
		s.set("k", "3")
		time.Sleep(10 * time.Second)
		expectGet(t, f, "3", nil) // nobody has asked in time, so the value has expired
		s.expect(t, 3)
	})
}

// The fraction is one of the life that the loader has chosen.
func TestFuncRefreshAheadOfTheLoadersTTL(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			cached.LoadOf[string](ctx).SetTTL(4 * time.Second)
			return s.load(ctx, key)
		}, &cached.Options{TTL: time.Minute, RefreshAhead: 0.5})
		for range 10 {
			expectGet(t, f, "1", nil)
		}
		s.expect(t, 1)
		time.Sleep(2*time.Second - tick)
		expectGet(t, f, "1", nil)
		s.expect(t, 1)
		time.Sleep(tick)
		expectGet(t, f, "1", nil)
		s.expect(t, 2)
	})
}

// timeless is a cache that does not keep when its values were loaded, as Redis.
type timeless struct {
	ctxcache.Forward[string, string]
}

func (c *timeless) GetEntry(ctx context.Context, key string) (ctxcache.Entry[string], error) {
	e, err := c.Forward.GetEntry(ctx, key)
	e.Written = time.Time{}
	return e, err
}

// The cache does not know how long the values of a loader that sets short TTLs have lived. They are not due at once.
func TestFuncRefreshAheadOfTheLoadersTTLWithoutTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin("k", "1")
		cache := &timeless{ctxcache.NewForward[string, string](newMemory(), ctxcache.Description{})}
		f := cached.Func[string, string](cache, func(ctx context.Context, key string) (string, error) {
			cached.LoadOf[string](ctx).SetTTL(4 * time.Second)
			return s.load(ctx, key)
		}, &cached.Options{TTL: time.Minute, RefreshAhead: 0.5})
		for range 10 {
			expectGet(t, f, "1", nil)
		}
		s.expect(t, 1)
		time.Sleep(2 * time.Second)
		expectGet(t, f, "1", nil)
		s.expect(t, 2)
	})
}

// A refresh ahead that fails leaves the value, and is tried again after the cooldown.
func TestFuncRefreshAheadFails(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		f := cached.Func(cache, s.load, &cached.Options{TTL: 10 * time.Second, RefreshAhead: 0.5})
		expectGet(t, f, "1", nil)
		s.fail(errors.New("source down"))
		time.Sleep(6 * time.Second)
		for range 5 {
			expectGet(t, f, "1", nil)
		}
		s.expect(t, 2)
		time.Sleep(time.Second)
		expectGet(t, f, "1", nil)
		s.expect(t, 3)
	})
}

// With RefreshBeta, a value is refreshed the more likely, the closer its end is and the longer loads take.
func TestFuncRefreshBeta(t *testing.T) {
	for _, test := range []struct {
		name  string
		beta  float64
		left  time.Duration // of the life, at each access
		atMin int           // how many of 200 accesses refresh
		atMax int
	}{
		{"far from the end", 1, 9 * time.Second, 0, 5},                      // exp(-9) of them
		{"as long before the end as a load takes", 1, time.Second, 40, 110}, // exp(-1)
		{"at the end", 1, 10 * time.Millisecond, 190, 200},
		{"at the end, hardly ever early", 0.001, time.Second, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newOrigin("k", "1")
				f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
					time.Sleep(time.Second)
					return s.load(ctx, key)
				}, &cached.Options{TTL: 10 * time.Second, RefreshBeta: test.beta})
				refreshed := 0
				for range 200 {
					if _, err := f.Refresh(t.Context(), "k"); err != nil {
						t.Fatal(err)
					}
					before := s.count()
					time.Sleep(10*time.Second - test.left)
					expectGet(t, f, "1", nil)
					time.Sleep(2 * time.Second)
					synctest.Wait()
					refreshed += s.count() - before
				}
				if refreshed < test.atMin || refreshed > test.atMax {
					t.Errorf("%d of 200 accesses refreshed the value, want %d to %d", refreshed, test.atMin, test.atMax)
				}
			})
		})
	}
}

// Several Functions over one cache do not refresh a key at the same time: the lease says that another one does.
func TestFuncRefreshBehindOfAnotherFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, cache, delay := newOrigin("k", "1"), newMemory(), time.Duration(0)
		load := func(ctx context.Context, key string) (string, error) {
			time.Sleep(delay)
			return s.load(ctx, key)
		}
		opts := &cached.Options{TTL: 10 * time.Second, StaleFor: time.Minute}
		f, g := cached.Func(cache, load, opts), cached.Func(cache, load, opts)
		expectGet(t, f, "1", nil)
		delay = time.Second
		time.Sleep(10 * time.Second)
		for range 10 {
			expectGet(t, f, "1", nil)
			expectGet(t, g, "1", nil)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		s.expect(t, 2)
	})
}

// Close waits for refreshes behind the callers up to its context, and then ends them.
func TestFuncCloseEndsRefreshesBehind(t *testing.T) {
	for _, patient := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			store, ended := newMemory(), make(chan error, 1)
			s, slow := newOrigin("k", "1"), false
			f := cached.Func(store, func(ctx context.Context, key string) (string, error) {
				if slow {
					select {
					case <-time.After(time.Minute):
					case <-ctx.Done():
					}
					ended <- context.Cause(ctx)
				}
				return s.load(ctx, key)
			}, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Hour})
			expectGet(t, f, "1", nil)
			s.set("k", "2")
			slow = true
			time.Sleep(10 * time.Second)
			expectGet(t, f, "1", nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if patient {
				ctx = t.Context()
			}
			err, cause := f.Close(ctx), <-ended
			value, _ := store.Get(t.Context(), "k")
			if patient && (err != nil || cause != nil || value != "2") {
				t.Errorf("Close: %v; the load ended by %v; stored %q", err, cause, value)
			}
			if !patient && (err != context.DeadlineExceeded || !errors.Is(cause, ctxcache.ErrClosed) || value != "1") {
				t.Errorf("Close: %v; the load ended by %v; stored %q", err, cause, value)
			}
		})
	}
}
