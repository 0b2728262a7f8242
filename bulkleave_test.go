package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// A load shares a batch with another one. Its caller leaves while both wait for a slot. Its lease does not stay until the
// other key has been loaded.
func TestBulkLoadWhoseCallersLeaveGivesItsLeaseBackAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := newMemory()
		f := cached.Bulk(cache, func(_ context.Context, keys []string) (map[string]string, error) {
			time.Sleep(time.Minute)
			return map[string]string{keys[0]: "v"}, nil
		}, &cached.Options{MaxLoads: 1, CoalesceFor: 10 * time.Millisecond})
		busy := async(func() (string, error) { return f.Get(t.Context(), "busy") })
		time.Sleep(time.Second)
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		left := async(func() (string, error) { return f.Get(ctx, "a") })
		other := async(func() (string, error) { return f.Get(t.Context(), "b") })
		if r := <-left; r.err != context.DeadlineExceeded {
			t.Errorf("Get = %q, %v", r.value, r.err)
		}
		synctest.Wait()
		_, lease, err := cache.GetLease(t.Context(), "a", 0)
		if !lease.Granted() || err != ctxcache.ErrMiss {
			t.Errorf("GetLease = %v, %v", lease.Refusal(), err)
		}
		if err := cache.Release(t.Context(), "a", lease); err != nil {
			t.Error(err)
		}
		for _, got := range []<-chan result{busy, other} {
			r := <-got
			expect(t, r.value, r.err, "v", nil)
		}
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
