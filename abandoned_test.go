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

// A load whose context has ended may have an incomplete result, whatever it returns. It is not stored.
func TestFuncDoesNotStoreALoadWhoseContextHasEnded(t *testing.T) {
	for name, answer := range map[string]error{"a value": nil, "no such thing": ctxcache.ErrNotFound} {
		for _, closing := range []bool{false, true} {
			for _, refresh := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					c, ended := newLedger(), make(chan struct{})
					if refresh {
						if err := c.Set(t.Context(), "k", "old", 0); err != nil {
							t.Fatal(err)
						}
					}
					f := cached.Func(c, func(ctx context.Context, _ string) (string, error) {
						<-ctx.Done()
						<-ended
						return "incomplete", answer
					}, &cached.Options{NotFoundTTL: time.Hour, CancelUnwanted: true})
					ctx, leave := context.WithCancel(t.Context())
					defer leave()
					call := f.Get
					if refresh {
						call = f.Refresh
					}
					caller := async(func() (string, error) { return call(ctx, "k") })
					synctest.Wait()
					want := context.Canceled
					if closing {
						want = ctxcache.ErrClosed
						impatient, cancel := context.WithTimeout(t.Context(), time.Second)
						defer cancel()
						if err := f.Close(impatient); err != context.DeadlineExceeded {
							t.Errorf("Close: %v", err)
						}
					} else {
						leave()
					}
					close(ended)
					r := <-caller
					expect(t, r.value, r.err, "", want)
					synctest.Wait()
					c.expect(t, ctxcache.OpRelease)
					expectNoLease(t, c, "k")
					value, err := c.Get(t.Context(), "k")
					if refresh {
						expect(t, value, err, "old", nil)
					} else if !errors.Is(err, ctxcache.ErrMiss) {
						t.Errorf("%s was stored: %q, %v", name, value, err)
					}
				})
			}
		}
	}
}
