package layers_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// watchFaults is a far whose Watch fails on demand, and may be kept from beginning again.
type watchFaults struct {
	ctxcache.Forward[string, int]
	mu   sync.Mutex
	end  context.CancelCauseFunc // of the Watch under way
	down error                   // why there is none
}

func (c *watchFaults) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	c.mu.Lock()
	down := c.down
	c.end = end
	c.mu.Unlock()
	if down != nil {
		return down
	}
	if err := c.Forward.Watch(ctx, fn); context.Cause(ctx) == nil {
		return err
	}
	return context.Cause(ctx)
}

// set makes the Watch under way fail, and those to come; or none, if err is nil.
func (c *watchFaults) set(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = err
	if err != nil {
		c.end(err)
	}
}

var errWatch = errors.New("the connection is lost")

// TestCoherentDoesNotBelieveNearUnwatched: from the moment when the watch is lost until it is back, far answers, and
// what near had before is gone.
func TestCoherentDoesNotBelieveNearUnwatched(t *testing.T) {
	for _, way := range readWays[int]() {
		t.Run(way.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := newNear()
				faulty := &watchFaults{Forward: ctxcache.NewForward(far)}
				var told []error
				near := newNear()
				c := follows(t, near, intCache(faulty), func(err error) { told = append(told, err) })
				mustSet(t, far, "k", 1)
				synctest.Wait()
				wantValue(t, c, "k", 1)
				wantValue(t, near, "k", 1)

				faulty.set(errWatch)
				synctest.Wait()
				mustSet(t, far, "k", 2) // which near is not told
				if got, err := way.read(t.Context(), c, "k"); err != nil || got != 2 {
					t.Errorf("%s = %v, %v while far cannot be watched, want what far has", way.name, got, err)
				}
				time.Sleep(time.Minute)
				wantValue(t, near, "k", 1) // it was neither asked nor filled

				faulty.set(nil)
				time.Sleep(5 * time.Second) // the longest pause
				synctest.Wait()
				wantMiss(t, near, "k")
				wantValue(t, c, "k", 2)
				wantValue(t, near, "k", 2) // it is in use again
				if len(told) < 5 || len(told) > 60 {
					t.Errorf("told of %d failures within a minute", len(told))
				}
				for _, err := range told {
					if !errors.Is(err, errWatch) {
						t.Errorf("told of %v", err)
					}
				}
			})
		})
	}
}

// TestCoherentNearFails: a near that does not drop what it is told to is not believed until it could be cleared.
func TestCoherentNearFails(t *testing.T) {
	errNear := errors.New("near is broken")
	for _, operation := range []cachetest.Operation{cachetest.Delete, cachetest.Clear} {
		t.Run(string(operation), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := newNear()
				near, faults := cachetest.Failing(newNear())
				var told []error
				c := follows(t, near, far, func(err error) { told = append(told, err) })
				mustSet(t, far, "k", 1)
				synctest.Wait()
				wantValue(t, c, "k", 1)
				faults.Fail(errNear, cachetest.On(cachetest.Delete, cachetest.Clear).First(1))
				if operation == cachetest.Clear {
					if err := ctxcache.Clear(t.Context(), far); err != nil {
						t.Fatal(err)
					}
				}
				mustSet(t, far, "k", 2)
				synctest.Wait()
				wantValue(t, c, "k", 2)
				time.Sleep(time.Minute)
				wantValue(t, c, "k", 2)
				wantValue(t, near, "k", 2)
				if len(told) != 1 || !errors.Is(told[0], errNear) {
					t.Errorf("told of %v, want near's failure", told)
				}
			})
		})
	}
}
