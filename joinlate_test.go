package cached_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
)

// TestCallersThatJoinTooLateMakeNoTimers lets many callers join loads that take longer than SoftTimeout, while contexts end.
// Most runs would crash in the race detector if the callers made timers that are due at once. In a bubble of testing/synctest,
// Go 1.26 runs such a timer beside the other timers of the bubble, and its race detector takes both for one thread.
func TestCallersThatJoinTooLateMakeNoTimers(t *testing.T) {
	const keys, callers = 15, 1000
	synctest.Test(t, func(t *testing.T) {
		hang := false
		f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			if hang {
				<-ctx.Done()
				return "", ctx.Err()
			}
			return key, nil
		}, &cached.Options{TTL: time.Second, StaleIfError: time.Hour, SoftTimeout: time.Millisecond, LoadTimeout: time.Hour})
		for i := range keys {
			key := fmt.Sprint(i)
			value, err := f.Get(t.Context(), key)
			expect(t, value, err, key, nil)
		}
		time.Sleep(2 * time.Second) // the values are stale now
		hang = true
		var running sync.WaitGroup
		for i := range keys {
			running.Go(func() {
				for range callers {
					time.Sleep(2 * time.Millisecond)
					running.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
						defer cancel()
						key := fmt.Sprint(i)
						value, err := f.Get(ctx, key)
						expect(t, value, err, key, nil)
						<-ctx.Done()
					})
				}
			})
		}
		running.Wait()
		if err := f.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
