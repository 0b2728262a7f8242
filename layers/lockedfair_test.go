package layers_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// slow is an unsafe cache whose Get takes a millisecond.
type slow struct {
	*unsafeCache[string, int]
}

const slowGet = time.Millisecond

func newSlow() ctxcache.Cache[string, int] { return slow{newUnsafe(newMemory[int]())} }

func (s slow) Get(context.Context, string) (int, error) {
	defer s.use()()
	time.Sleep(slowGet)
	return 1, nil
}

// TestLockedHandsOverToWaiters checks that a caller gets its turn although others take the lock again as soon as they
// have unlocked it. Time passes only in the inner cache, so the wait is counted in calls of others.
func TestLockedHandsOverToWaiters(t *testing.T) {
	for _, others := range []int{1, 2, 8} {
		synctest.Test(t, func(t *testing.T) {
			c := layers.Locked(1, newSlow)
			stop := make(chan struct{})
			var looping sync.WaitGroup
			for range others {
				looping.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							if _, err := c.Get(t.Context(), "key"); err != nil {
								t.Error(err)
							}
						}
					}
				})
			}
			time.Sleep(slowGet / 2)
			// Others may overtake it twice while it has patience. After that it waits for those in front of it.
			most := time.Duration(2*others+3) * slowGet
			for range 200 {
				began := time.Now()
				if _, err := c.Get(t.Context(), "key"); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > most {
					t.Errorf("with %d others: a call took the time of %d calls, want at most %d", others, took/slowGet, most/slowGet)
					break
				}
			}
			close(stop)
			looping.Wait()
		})
	}
}

// TestLockedLosesNoWakeUp checks that the lock is never left behind when waiters give up just as it becomes theirs. If
// it were, the calls without a deadline would hang, and synctest would report that.
func TestLockedLosesNoWakeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := layers.Locked(1, newSlow)
		var callers sync.WaitGroup
		for seed := range uint64(8) {
			callers.Go(func() {
				random := rand.New(rand.NewPCG(seed, 0))
				for range 500 {
					// Calls take whole milliseconds, so many deadlines are at the very time when the lock becomes free.
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(6))*slowGet)
					if _, err := c.Get(ctx, "key"); err != nil && err != context.DeadlineExceeded {
						t.Error(err)
					}
					cancel()
					if random.IntN(4) == 0 {
						if _, err := c.Get(t.Context(), "key"); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		callers.Wait()
		began := time.Now()
		if _, err := c.Get(t.Context(), "key"); err != nil || time.Since(began) != slowGet {
			t.Errorf("Get alone: %v, after %v", err, time.Since(began))
		}
	})
}
