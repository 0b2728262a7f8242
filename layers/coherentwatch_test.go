package layers_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers"
)

// TestCoherentWatchTellsAfterNear: who reads after an event, as another coherent cache in front does, reads what is new,
// even if near has not heard of it yet.
func TestCoherentWatchTellsAfterNear(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, far intCache){
		"set": func(t *testing.T, far intCache) { mustSet(t, far, "k", 2) },
		"clear": func(t *testing.T, far intCache) {
			if err := ctxcache.Clear(t.Context(), far); err != nil {
				t.Fatal(err)
			}
			mustSet(t, far, "k", 2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := newNear()
				near, stalls := cachetest.Stalling(newNear())
				inner := follows(t, near, far, nil)
				outer := follows(t, newNear(), inner, nil)
				mustSet(t, far, "k", 1)
				synctest.Wait()
				wantValue(t, outer, "k", 1)

				// The follower is slow: its own call is held up. The others are not.
				slow := stalls.Stall(cachetest.On(cachetest.Delete, cachetest.Clear).First(1))
				change(t, far)
				<-slow.Arrived()
				synctest.Wait()
				if _, err := outer.Get(t.Context(), "k"); err != nil {
					t.Error(err)
				}
				slow.Release()
				synctest.Wait()
				wantValue(t, outer, "k", 2)
			})
		})
	}
}

// TestCoherentWatchNearFails: what near does not drop is not told.
func TestCoherentWatchNearFails(t *testing.T) {
	errNear := errors.New("near is broken")
	synctest.Test(t, func(t *testing.T) {
		far := newNear()
		near, faults := cachetest.Failing(newNear())
		c := follows(t, near, far, nil)
		ended := make(chan error, 1)
		go func() { ended <- ctxcache.Watch(t.Context(), c, func(ctxcache.Event) {}) }()
		mustSet(t, far, "k", 1)
		synctest.Wait()
		wantValue(t, c, "k", 1)
		faults.Fail(errNear, cachetest.On(cachetest.Delete))
		mustSet(t, far, "k", 2)
		synctest.Wait()
		select {
		case err := <-ended:
			if !errors.Is(err, errNear) {
				t.Errorf("Watch: %v, want near's failure", err)
			}
		default:
			t.Error("Watch goes on")
		}
	})
}

// TestCoherentWatchReturnsNil: WatchFailed is told that the watch ended, not that somebody cancelled it.
func TestCoherentWatchReturnsNil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []error
		follows(t, newNear(), intCache(brief{Forward: ctxcache.NewForward(newNear())}), func(err error) { told = append(told, err) })
		if len(told) != 1 || told[0] == nil || errors.Is(told[0], context.Canceled) {
			t.Errorf("told of %v", told)
		}
	})
}

// TestCoherentFlappingWatch: a watch that always fails just after it has begun is begun ever less often.
func TestCoherentFlappingWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		far := brief{Forward: ctxcache.NewForward(newNear()), err: errWatch}
		follows(t, newNear(), intCache(far), func(error) { told++ })
		time.Sleep(time.Minute)
		synctest.Wait()
		if told > 60 {
			t.Errorf("far was asked %d times within a minute", told)
		}
	})
}

// brief is a far whose Watch ends after the first Gap.
type brief struct {
	ctxcache.Forward[string, int]
	err error
}

func (c brief) Watch(_ context.Context, fn func(ctxcache.Event)) error {
	fn(ctxcache.Event{Gap: true})
	return c.err
}

// TestTwoLevelWatchNeedsCoherent: who reads after an event reads what is new, and near does not hear of it. Another
// near in front, which follows, would copy from it what it has heard is old.
func TestTwoLevelWatchNeedsCoherent(t *testing.T) {
	plain := layers.TwoLevel(newNear(), newNear(), &layers.TwoLevelOptions{NearTTL: time.Second})
	if err := ctxcache.Watch(t.Context(), plain, func(ctxcache.Event) {}); err != errors.ErrUnsupported {
		t.Errorf("Watch: %v, want ErrUnsupported", err)
	}
	front := layers.TwoLevel(newNear(), plain, &layers.TwoLevelOptions{Coherent: true})
	if _, err := front.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Get: %v, want ErrOptions", err)
	}
	if err := ctxcache.Close(front); err != nil {
		t.Error(err)
	}
}
