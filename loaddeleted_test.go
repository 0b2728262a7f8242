package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// A call waits for a load that hangs, and loads anew when it has lost its patience. Its stale value has been deleted
// meanwhile, so the second load has no previous value that it could store again.
func TestLoadHasNoPreviousValueThatWasDeletedMeanwhile(t *testing.T) {
	opts := &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Minute, SoftTimeout: time.Second}
	for name, get := range gets {
		t.Run(name, func(t *testing.T) {
			agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
				loads, open := 0, make(chan struct{})
				f := cached.Func(cache, func(ctx context.Context, _ string) (string, error) {
					switch loads++; loads {
					case 1:
						return "v1", nil
					case 2:
						<-open
						return "late", nil
					}
					load := cached.LoadOf[string](ctx)
					if old, had := load.Previous(); had {
						t.Errorf("the previous value is %q", old.Value)
					}
					return load.NotModified()
				}, opts)
				expectGet(t, f, "v1", nil)
				time.Sleep(15 * time.Second)
				call := async(func() (string, error) { return get(t.Context(), f) })
				synctest.Wait()
				if _, err := f.Delete(t.Context(), "k"); err != nil {
					t.Fatal(err)
				}
				if r := <-call; r.value != "" || r.err == nil || loads != 3 {
					t.Errorf("got %q, %v after %d loads", r.value, r.err, loads)
				}
				if has, err := f.Contains(t.Context(), "k"); has || err != nil {
					t.Errorf("it is there again: %v, %v", has, err)
				}
				close(open)
			})
		})
	}
}

// gets are the ways to get the value of "k".
var gets = map[string]func(context.Context, *cached.Function[string, string]) (string, error){
	"Get": func(ctx context.Context, f *cached.Function[string, string]) (string, error) { return f.Get(ctx, "k") },
	"GetMany": func(ctx context.Context, f *cached.Function[string, string]) (string, error) {
		found, err := f.GetMany(ctx, []string{"k"})
		return found["k"], err
	},
}

// A call cannot use the load that it has waited for, and the cache does not answer when the call reads it once more. Then
// nobody knows whether the value that the call has read at first is still there, so it is not the previous value.
func TestLoadHasNoPreviousValueIfTheCacheFailsMeanwhile(t *testing.T) {
	for name, get := range gets {
		t.Run(name, func(t *testing.T) {
			agedTest(t, func(t *testing.T, stack ctxcache.Cache[string, string]) {
				cache, faults := cachetest.Failing(stack)
				loads, open := 0, make(chan struct{})
				f := cached.Func(cache, func(ctx context.Context, _ string) (string, error) {
					switch loads++; loads {
					case 1:
						return "v1", nil
					case 2:
						<-open
						return "v2", nil
					}
					if old, had := cached.LoadOf[string](ctx).Previous(); had {
						t.Errorf("the previous value is %q", old.Value)
					}
					return "v3", nil
				}, &cached.Options{TTL: 10 * time.Second, StaleIfError: time.Minute})
				expectGet(t, f, "v1", nil)
				time.Sleep(15 * time.Second)
				leader := async(func() (string, error) { return f.Get(t.Context(), "k") })
				synctest.Wait()
				time.Sleep(time.Second)
				// It joins the load, but wants a value that is younger than that.
				call := async(func() (string, error) { return get(ctxcache.WithMaxAge(t.Context(), 0), f) })
				synctest.Wait()
				faults.Fail(errDown, cachetest.Target{})
				close(open)
				<-leader
				r := <-call
				expect(t, r.value, r.err, "v3", nil)
			})
		})
	}
}

// A value is deleted after the call has read it, and before its load begins. Over a cache without leases, too, the load
// has no previous value then.
func TestLoadHasNoPreviousValueThatWasDeletedBeforeItBegan(t *testing.T) {
	for name, opts := range map[string]*cached.Options{
		"fallback": {TTL: 10 * time.Second, StaleIfError: time.Minute},
		"stale":    {TTL: 10 * time.Second, StaleFor: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache, loads := &readThen{unleased: newUnleased()}, 0
				f := cached.Func[string, string](cache, func(ctx context.Context, _ string) (string, error) {
					if loads++; loads == 1 {
						return "v", nil
					}
					load := cached.LoadOf[string](ctx)
					if old, had := load.Previous(); had {
						t.Errorf("the previous value is %q", old.Value)
					}
					return load.NotModified()
				}, opts)
				expectGet(t, f, "v", nil)
				time.Sleep(15 * time.Second)
				cache.then = func() {
					if _, err := f.Delete(t.Context(), "k"); err != nil {
						t.Error(err)
					}
				}
				_, _ = f.Get(t.Context(), "k")
				synctest.Wait()
				if has, err := f.Contains(t.Context(), "k"); has || err != nil || loads != 2 {
					t.Errorf("it is there again: %v, %v after %d loads", has, err, loads)
				}
			})
		})
	}
}

// readThen is a cache without leases that does something after it has read an entry the next time.
type readThen struct {
	unleased
	then func()
}

func (c *readThen) GetEntry(ctx context.Context, key string) (ctxcache.Entry[string], error) {
	e, err := c.unleased.GetEntry(ctx, key)
	if then := c.then; then != nil {
		c.then = nil
		then()
	}
	return e, err
}
