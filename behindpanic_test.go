package cached_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// wild are loaders that do not return, and whether a call's error shows how they have ended.
var wild = map[string]struct {
	load func(context.Context, string) (string, error)
	ends func(error) bool
}{
	"panic": {
		load: func(context.Context, string) (string, error) { panic("bug") },
		ends: func(err error) bool { _, panicked := errors.AsType[*cached.PanicError](err); return panicked },
	},
	"exit": {
		load: func(context.Context, string) (string, error) { runtime.Goexit(); return "", nil },
		ends: func(err error) bool { return errors.Is(err, cached.ErrGoexit) },
	},
}

// The loader panics or exits, and the lease is given back slowly, or not at all. The callers do not wait for that.
func TestFuncLoaderThatPanicsGivesTheLeaseBackBehindItsCallers(t *testing.T) {
	for name, w := range wild {
		for _, delay := range []time.Duration{time.Second, time.Hour} {
			t.Run(name+"/"+delay.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := newSlow(newMemory())
					c.timeouts, c.end = ctxcache.Timeouts{Read: 100 * time.Millisecond, Write: time.Second}, after(delay)
					f := cached.Func[string, string](c, w.load, nil)
					begin := time.Now()
					if _, err := f.Get(t.Context(), "k"); !w.ends(err) {
						t.Errorf("got %v", err)
					}
					if took := time.Since(begin); took != 100*time.Millisecond {
						t.Errorf("the caller waited %v", took)
					}
					if err := f.Close(t.Context()); err != nil || c.releases.Load() != 1 {
						t.Errorf("Close: %v; %d releases", err, c.releases.Load())
					}
				})
			})
		}
	}
}

// Close loses its patience while the lease of a load that has panicked is given back. The callers are free then.
func TestFuncCloseFreesTheCallersOfALoaderThatPanics(t *testing.T) {
	for name, w := range wild {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newSlow(newMemory())
				c.timeouts, c.end = ctxcache.Timeouts{Read: time.Minute, Write: time.Minute}, after(4*time.Second)
				f := cached.Func[string, string](c, w.load, nil)
				begin := time.Now()
				call := async(func() (string, error) { return f.Get(t.Context(), "k") })
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				closed := async(func() (string, error) { return "", f.Close(ctx) })
				if r := <-call; !w.ends(r.err) || time.Since(begin) != time.Second {
					t.Errorf("the caller got %v after %v", r.err, time.Since(begin))
				}
				<-closed
				time.Sleep(time.Minute)
			})
		})
	}
}

// A caller comes while the lease of a load that has panicked is given back. It does not get the old panic: it asks again.
func TestFuncCallerThatComesAfterAPanic(t *testing.T) {
	for name, w := range wild {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := newSlow(newMemory()), newOrigin("k", "v")
				c.end = after(50 * time.Millisecond)
				loads := 0
				f := cached.Func[string, string](c, func(ctx context.Context, key string) (string, error) {
					if loads++; loads == 1 {
						return w.load(ctx, key)
					}
					return s.load(ctx, key)
				}, nil)
				first := async(func() (string, error) { return f.Get(t.Context(), "k") })
				synctest.Wait()
				value, err := f.Get(t.Context(), "k")
				expect(t, value, err, "v", nil)
				if r := <-first; !w.ends(r.err) {
					t.Errorf("the first caller got %v", r.err)
				}
			})
		})
	}
}

// All keys of a batch whose loader panics get that, and each lease is given back behind the callers.
func TestBulkLoaderThatPanicsGivesTheLeasesBackBehindItsCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSlow(newMemory())
		c.end = after(time.Second)
		f := cached.Bulk(c, func(context.Context, []string) (map[string]string, error) { panic("bug") }, nil)
		begin := time.Now()
		_, err := f.GetMany(t.Context(), []string{"a", "b", "c"})
		for _, key := range []string{"a", "b", "c"} {
			if err := ctxcache.KeyError(err, key); !wild["panic"].ends(err) {
				t.Errorf("%s: %v", key, err)
			}
		}
		if took := time.Since(begin); took != 100*time.Millisecond {
			t.Errorf("the caller waited %v", took)
		}
		if err := f.Close(t.Context()); err != nil || c.releases.Load() != 3 {
			t.Errorf("Close: %v; %d releases", err, c.releases.Load())
		}
	})
}
