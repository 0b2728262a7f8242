package cached_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
)

// FuzzFlight runs callers that join, leave, fail and forget in the order the bytes say. Whatever it is,
// everyone gets an answer that belongs to its key, or its own context's error, and nothing is left running.
func FuzzFlight(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7})
	f.Add([]byte{0, 0, 0, 16, 17, 33, 2, 3, 3})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 64 {
			script = script[:64]
		}
		synctest.Test(t, func(t *testing.T) {
			var flight cached.Flight[string, string]
			failure := errors.New("source failed")
			var wg sync.WaitGroup
			for i, b := range script {
				key := fmt.Sprint(b >> 4 & 3)
				patience := time.Duration(b>>6+1) * time.Second
				wg.Go(func() {
					time.Sleep(time.Duration(i) * 100 * time.Millisecond)
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					if b&15 == 15 {
						flight.Forget(key)
						return
					}
					value, _, err := flight.Do(ctx, key, func(ctx context.Context) (string, error) {
						select {
						case <-time.After(time.Duration(b&7) * 500 * time.Millisecond):
						case <-ctx.Done():
							return "", ctx.Err()
						}
						if b&8 != 0 {
							return "", failure
						}
						return key, nil
					})
					switch {
					case err == nil && value == key, errors.Is(err, failure):
					case err == context.DeadlineExceeded && ctx.Err() != nil:
					default:
						t.Errorf("caller %d of key %s got %q, %v", i, key, value, err)
					}
				})
			}
			wg.Wait()
		})
	})
}
