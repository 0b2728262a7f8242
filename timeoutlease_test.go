package cached_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// slowRelease is a cache that takes a while to end a lease.
type slowRelease struct {
	ctxcache.Forward[string, string]
}

func (s *slowRelease) Release(ctx context.Context, key string, lease ctxcache.Lease) error {
	time.Sleep(10 * time.Millisecond)
	return s.Forward.Release(ctx, key, lease)
}

func (s *slowRelease) ReleaseMany(ctx context.Context, leases map[string]ctxcache.Lease) error {
	time.Sleep(10 * time.Millisecond)
	return s.Forward.ReleaseMany(ctx, leases)
}

// The loader ends with its context, whose time is over. The caller asks again as soon as it has its error, and the next
// load gets the lease.
func TestLoadAfterATimeoutIsStored(t *testing.T) {
	for _, bulk := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := &slowRelease{ctxcache.NewForward(memory.New[string, string](nil), ctxcache.Description{Kind: "slow"})}
			var calls atomic.Int32
			load := func(ctx context.Context) (string, error) {
				if calls.Add(1) == 1 {
					<-ctx.Done()
					return "", ctx.Err()
				}
				return "v", nil
			}
			opts := &cached.Options{TTL: time.Hour, LoadTimeout: time.Second}
			f := cached.Func(c, func(ctx context.Context, _ string) (string, error) { return load(ctx) }, opts)
			if bulk {
				f = cached.Bulk(c, func(ctx context.Context, keys []string) (map[string]string, error) {
					values := make(map[string]string)
					v, err := load(ctx)
					for _, key := range keys {
						values[key] = v
					}
					return values, err
				}, opts)
			}
			keys := []string{"a", "b"}
			for _, want := range []string{"", "v"} {
				if bulk {
					got, _ := f.GetMany(t.Context(), keys)
					if got["a"] != want || got["b"] != want {
						t.Errorf("GetMany = %v, want %q", got, want)
					}
				} else if got, _ := f.Get(t.Context(), "a"); got != want {
					t.Errorf("Get = %q, want %q", got, want)
				}
			}
			if has, err := ctxcache.Contains(t.Context(), f.Cache(), "a"); !has || err != nil {
				t.Errorf("bulk %v: the value of the second load is not stored: %v, %v", bulk, has, err)
			}
			if stats, err := f.Stats(t.Context()); stats.Unstored.Held != 0 || err != nil {
				t.Errorf("bulk %v: %d loads found the lease held: %v", bulk, stats.Unstored.Held, err)
			}
			if err := f.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
