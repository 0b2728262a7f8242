package twolevel_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestCoherentWatchTellsAfterNear checks that a read after an event returns the new value, even if the follower is
// behind. Another coherent cache in front makes such reads.
func TestCoherentWatchTellsAfterNear(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, far intCache){
		"set": func(t *testing.T, far intCache) { layertest.MustSet(t, far, "k", 2) },
		"clear": func(t *testing.T, far intCache) {
			if err := ctxcache.Clear(t.Context(), far); err != nil {
				t.Fatal(err)
			}
			layertest.MustSet(t, far, "k", 2)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				far := newNear()
				near, stalls := cachetest.Stalling(newNear())
				inner := follows(t, near, far, nil)
				outer := follows(t, newNear(), inner, nil)
				layertest.MustSet(t, far, "k", 1)
				synctest.Wait()
				layertest.WantValue(t, outer, "k", 1)

				// The follower is slow: only its own call is held up.
				slow := stalls.Stall(cachetest.On(ctxcache.OpDelete, ctxcache.OpClear).First(1))
				change(t, far)
				<-slow.Arrived()
				synctest.Wait()
				if _, err := outer.Get(t.Context(), "k"); err != nil {
					t.Error(err)
				}
				slow.Release()
				synctest.Wait()
				layertest.WantValue(t, outer, "k", 2)
			})
		})
	}
}

// TestCoherentWatchNearFails checks that Watch does not report a change if near fails to drop the key.
func TestCoherentWatchNearFails(t *testing.T) {
	errNear := errors.New("near is broken")
	synctest.Test(t, func(t *testing.T) {
		far := newNear()
		near, faults := cachetest.Failing(newNear())
		c := follows(t, near, far, nil)
		ended := make(chan error, 1)
		go func() { ended <- ctxcache.Watch(t.Context(), c, func(ctxcache.Event) {}) }()
		layertest.MustSet(t, far, "k", 1)
		synctest.Wait()
		layertest.WantValue(t, c, "k", 1)
		faults.Fail(errNear, cachetest.On(ctxcache.OpDelete))
		layertest.MustSet(t, far, "k", 2)
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

// TestCoherentWatchReturnsNil checks that OnWatchError gets an error that says that the watch ended, not that it was
// cancelled.
func TestCoherentWatchReturnsNil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []error
		follows(t, newNear(), newBrief(nil), func(err error) { told = append(told, err) })
		if len(told) != 1 || told[0] == nil || errors.Is(told[0], context.Canceled) {
			t.Errorf("OnWatchError got %v", told)
		}
	})
}

// TestCoherentFlappingWatch checks that a watch that always fails just after it began is started less and less often.
func TestCoherentFlappingWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		follows(t, newNear(), newBrief(errWatch), func(error) { told++ })
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

func newBrief(err error) *brief {
	return &brief{Forward: ctxcache.NewForward(newNear(), ctxcache.Description{Kind: "brief"}), err: err}
}

func (c *brief) Watch(_ context.Context, fn func(ctxcache.Event)) error {
	fn(ctxcache.Event{Gap: true})
	return c.err
}

// TestWatchNeedsCoherent checks that Watch is unsupported without Coherent. A read after an event must return the new
// value, but this near does not follow far. A near in front of it that does follow would copy an old value from it.
func TestWatchNeedsCoherent(t *testing.T) {
	plain := twolevel.New(newNear(), newNear(), &twolevel.Options{NearTTL: time.Second})
	if err := ctxcache.Watch(t.Context(), plain, func(ctxcache.Event) {}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Watch: %v, want ErrUnsupported", err)
	}
	front := twolevel.New(newNear(), plain, &twolevel.Options{Coherent: true})
	if _, err := front.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Get: %v, want ErrOptions", err)
	}
	if err := ctxcache.Close(front); err != nil {
		t.Error(err)
	}
}

// TestCoherentWatchTellsOfReadsWithoutANote checks that a caller that asks after an event does not join a far read from
// before it, even if near does not follow far, so that the read has not noted its key.
func TestCoherentWatchTellsOfReadsWithoutANote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := newNear()
		stalled, stalls := cachetest.Stalling(far)
		faulty := &watchFaults{Forward: ctxcache.NewForward(stalled, ctxcache.Description{})}
		c := follows(t, newNear(), intCache(faulty), nil)
		layertest.MustSet(t, far, "k", 1)
		faulty.set(errWatch)
		synctest.Wait() // near does not follow until the next try, which needs time
		faulty.set(nil)
		events := make(chan ctxcache.Event, 10)
		go func() { _ = ctxcache.Watch(t.Context(), c, func(e ctxcache.Event) { events <- e }) }()
		if e := <-events; !e.Gap {
			t.Fatalf("the first event is %v", e)
		}
		answer := stalls.Stall(farRead.Answers().First(1))
		early := make(chan int, 1)
		go func() {
			got, _ := c.Get(t.Context(), "k")
			early <- got
		}()
		<-answer.Arrived()
		layertest.MustSet(t, far, "k", 2)
		<-events
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if got, err := c.Get(ctx, "k"); got != 2 || err != nil {
			t.Errorf("a Get after the event = %v, %v, want 2", got, err)
		}
		answer.Release()
		if got := <-early; got != 1 {
			t.Errorf("the early read got %d", got)
		}
	})
}
