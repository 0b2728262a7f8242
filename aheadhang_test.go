package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// A refresh behind the callers hangs. Another one takes its place before the value expires, so no caller waits for a load.
func TestFuncRefreshBehindThatHangsIsReplaced(t *testing.T) {
	for name, opts := range map[string]cached.Options{
		"RefreshAhead": {TTL: time.Minute, RefreshAhead: 0.5},
		"StaleFor":     {TTL: 30 * time.Second, StaleFor: 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
				s := newOrigin("k", "1")
				f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
					value, err := s.load(ctx, key)
					if s.count() == 2 {
						<-ctx.Done()
						return "", ctx.Err()
					}
					time.Sleep(time.Second)
					return value, err
				}, &opts)
				expectGet(t, f, "1", nil)
				began := time.Now()
				for range 65 {
					time.Sleep(time.Second)
					expectGet(t, f, "1", nil)
				}
				if waited := time.Since(began) - 65*time.Second; waited > 0 {
					t.Errorf("the callers have waited %v", waited)
				}
				s.expect(t, 3)
				time.Sleep(time.Hour) // until the load that hangs has ended
				synctest.Wait()
			})
		})
	}
}

// If the source hangs for good, refreshes behind the callers do not ask it again and again.
func TestFuncRefreshesBehindThatHangAreFew(t *testing.T) {
	agedTest(t, func(t *testing.T, cache ctxcache.Cache[string, string]) {
		s := newOrigin("k", "1")
		f := cached.Func(cache, func(ctx context.Context, key string) (string, error) {
			value, err := s.load(ctx, key)
			if s.count() > 1 {
				<-ctx.Done()
				return "", ctx.Err()
			}
			return value, err
		}, &cached.Options{TTL: 10 * time.Second, StaleFor: time.Hour})
		for range 120 {
			expectGet(t, f, "1", nil)
			time.Sleep(time.Second)
		}
		s.expect(t, 4) // the first load, a refresh, and two in its place
		time.Sleep(time.Hour)
	})
}
