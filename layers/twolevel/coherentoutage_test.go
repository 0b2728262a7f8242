package twolevel_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
)

// watchFaults is a far whose Watch fails on demand, and can be kept failing.
type watchFaults struct {
	ctxcache.Forward[string, int]
	mu   sync.Mutex
	ends map[*context.CancelCauseFunc]bool // each ends a Watch under way
	down error                             // the error of every new Watch, or nil
}

func (c *watchFaults) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	c.mu.Lock()
	down := c.down
	if c.ends == nil {
		c.ends = make(map[*context.CancelCauseFunc]bool)
	}
	c.ends[&end] = true
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.ends, &end)
	}()
	switch down {
	case nil:
	case errHung:
		<-ctx.Done()
		return context.Cause(ctx)
	default:
		return down
	}
	if err := c.Forward.Watch(ctx, fn); context.Cause(ctx) == nil {
		return err
	}
	return context.Cause(ctx)
}

// set makes each Watch under way and all new ones fail with err. If err is nil, new ones do not fail.
func (c *watchFaults) set(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = err
	if err != nil {
		for end := range c.ends {
			(*end)(err)
		}
	}
}

var (
	errWatch = errors.New("the connection is lost")
	errHung  = errors.New("the connection hung") // new Watches hang until this changes
)

// TestCoherentDoesNotBelieveNearUnwatched checks that far answers from the moment when the watch is lost until it is
// back, and that near's older entries are gone then.
func TestCoherentDoesNotBelieveNearUnwatched(t *testing.T) {
	for _, way := range layertest.ReadWays[int]() {
		t.Run(way.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := newNear()
				faulty := &watchFaults{Forward: ctxcache.NewForward(far, ctxcache.Description{})}
				var told []error
				near := newNear()
				c := follows(t, near, intCache(faulty), func(err error) { told = append(told, err) })
				layertest.MustSet(t, far, "k", 1)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 1)
				layertest.WantValue(t, near, "k", 1)

				faulty.set(errWatch)
				synctest.Wait()
				layertest.MustSet(t, far, "k", 2) // near gets no event for it
				if got, err := way.Read(t.Context(), c, "k"); err != nil || got != 2 {
					t.Errorf("%s = %v, %v while far cannot be watched, want far's value", way.Name, got, err)
				}
				time.Sleep(time.Minute)
				layertest.WantValue(t, near, "k", 1) // it was neither asked nor filled

				faulty.set(nil)
				time.Sleep(5 * time.Second) // the longest pause
				synctest.Wait()
				wantMiss(t, near, "k")
				layertest.WantValue(t, c, "k", 2)
				layertest.WantValue(t, near, "k", 2) // it is in use again
				if len(told) < 5 || len(told) > 60 {
					t.Errorf("OnWatchError was called %d times within a minute", len(told))
				}
				for _, err := range told {
					if !errors.Is(err, errWatch) {
						t.Errorf("OnWatchError got %v", err)
					}
				}
			})
		})
	}
}

// TestCoherentNearFails checks that a near that failed to drop a key is not read until it has been cleared.
func TestCoherentNearFails(t *testing.T) {
	errNear := errors.New("near is broken")
	for _, operation := range []ctxcache.Operation{ctxcache.OpDelete, ctxcache.OpClear} {
		t.Run(string(operation), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := newNear()
				near, faults := cachetest.Failing(newNear())
				var told []error
				c := follows(t, near, far, func(err error) { told = append(told, err) })
				layertest.MustSet(t, far, "k", 1)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 1)
				faults.Fail(errNear, cachetest.On(ctxcache.OpDelete, ctxcache.OpClear).First(1))
				if operation == ctxcache.OpClear {
					if err := ctxcache.Clear(t.Context(), far); err != nil {
						t.Fatal(err)
					}
				}
				layertest.MustSet(t, far, "k", 2)
				synctest.Wait()
				layertest.WantValue(t, c, "k", 2)
				time.Sleep(time.Minute)
				layertest.WantValue(t, c, "k", 2)
				layertest.WantValue(t, near, "k", 2)
				if len(told) != 1 || !errors.Is(told[0], errNear) {
					t.Errorf("OnWatchError got %v, want near's failure", told)
				}
			})
		})
	}
}
