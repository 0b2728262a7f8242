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

// A Close that loses its patience frees the callers, even if the loader ignores its context.
func TestFuncCloseFreesTheCallersOfALoaderThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, open := newLedger(), make(chan struct{})
		f := cached.Func(c, func(context.Context, string) (string, error) {
			<-open
			return "v", nil
		}, &cached.Options{MaxLoads: 1})
		calls := []<-chan result{
			async(func() (string, error) { return f.Get(t.Context(), "k") }),
			async(func() (string, error) { return f.Get(t.Context(), "k") }),
		}
		synctest.Wait()
		calls = append(calls, async(func() (string, error) { return f.Get(t.Context(), "queued") }))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := f.Close(ctx); err != context.DeadlineExceeded {
			t.Errorf("Close: %v", err)
		}
		begin := time.Now()
		for _, call := range calls {
			r := <-call
			expect(t, r.value, r.err, "", ctxcache.ErrClosed)
		}
		if err := f.Close(t.Context()); err != nil || time.Since(begin) != 0 {
			t.Errorf("the second Close: %v after %v", err, time.Since(begin))
		}
		expectNoLease(t, c, "k")
		close(open)
		synctest.Wait()
		if has, err := c.Contains(t.Context(), "k"); has || err != nil {
			t.Errorf("stored: %v, %v", has, err)
		}
	})
}

// A Close that loses its patience while a loaded value is stored: the caller gets the value.
func TestFuncCloseWhileTheResultIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSlow(newMemory())
		c.fill = after(4 * time.Second)
		f := cached.Func[string, string](c, newOrigin("k", "v").load, nil)
		call := async(func() (string, error) { return f.Get(t.Context(), "k") })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		if err := f.Close(ctx); err != context.DeadlineExceeded {
			t.Errorf("Close: %v", err)
		}
		r := <-call
		expect(t, r.value, r.err, "v", nil)
		if time.Since(begin) != time.Second {
			t.Errorf("the caller waited %v", time.Since(begin))
		}
		if err := f.Close(t.Context()); err != nil || time.Since(begin) != 4*time.Second { // the fill goes on
			t.Errorf("the second Close: %v after %v", err, time.Since(begin))
		}
	})
}

// The cache is closed before the function. Values that are being loaded are not thrown away.
func TestFuncOverACacheThatIsClosedDuringALoad(t *testing.T) {
	for _, strict := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var heard hearing
			store, g := newMemory(), newGated()
			f := cached.Func(store, func(ctx context.Context, _ string) (string, error) { return g.load(ctx) }, &cached.Options{
				Strict:       strict,
				OnCacheError: heard.hear,
			})
			leader := async(func() (string, error) { return f.Get(t.Context(), "k") })
			<-g.began
			joiner := async(func() (string, error) { return f.Get(t.Context(), "k") })
			synctest.Wait()
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
			g.release <- "v"
			r := <-leader
			if strict {
				expect(t, r.value, r.err, "", ctxcache.ErrClosed)
				r = <-joiner
				expect(t, r.value, r.err, "", ctxcache.ErrClosed)
				return
			}
			expect(t, r.value, r.err, "v", nil)
			r = <-joiner // nobody can know of invalidations any more
			expect(t, r.value, r.err, "v", nil)
			if errs := heard.all(); len(errs) != 2 || !errors.Is(errs[0], ctxcache.ErrClosed) || !errors.Is(errs[1], ctxcache.ErrClosed) {
				t.Errorf("heard of %v", errs)
			}
			stats, err := f.Stats(t.Context())
			if stats.Unstored != (ctxcache.Unstored{Failed: 1}) {
				t.Errorf("counted %+v, %v", stats, err)
			}
			_, err = f.Get(t.Context(), "k") // a call that begins now shows the mistake
			expect(t, "", err, "", ctxcache.ErrClosed)
		})
	}
}

// A loader obeys its context, and returns before Close has freed the callers. They hear of Close all the same.
func TestFuncCloseFreesTheCallersOfALoaderThatObeysItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			if cause := context.Cause(ctx); !errors.Is(cause, ctxcache.ErrClosed) {
				t.Errorf("the loader's context ended by %v", cause)
			}
			return "", ctx.Err()
		}, &cached.Options{Tracer: endOfLoad(func() { synctest.Wait() })})
		call := async(func() (string, error) { return f.Get(t.Context(), "k") })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := f.Close(ctx); err != context.Canceled {
			t.Errorf("Close: %v", err)
		}
		r := <-call
		expect(t, r.value, r.err, "", ctxcache.ErrClosed)
	})
}

// A load that waits for a slot ends with Close, whichever of the two notices first. Its callers hear of Close, and not of
// the end of the load's own context.
func TestFuncCloseFreesCallersThatWaitForASlot(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
				<-ctx.Done()
				return "", ctx.Err()
			}, &cached.Options{MaxLoads: 1})
			first := async(func() (string, error) { return f.Get(t.Context(), "first") })
			synctest.Wait()
			queued := async(func() (string, error) { return f.Get(t.Context(), "queued") })
			synctest.Wait()
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := f.Close(ctx); err != context.Canceled {
				t.Errorf("Close: %v", err)
			}
			for _, call := range []<-chan result{first, queued} {
				r := <-call
				expect(t, r.value, r.err, "", ctxcache.ErrClosed)
			}
		})
	}
}
