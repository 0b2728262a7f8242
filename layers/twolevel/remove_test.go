package twolevel_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// lose deletes the key k from far behind the back of c, as an eviction does.
func (l *twoLevels) lose(t *testing.T) {
	t.Helper()
	layertest.MustSet(t, l.cache, "k", 1)
	if err := l.far.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
}

// wantRemoved checks that Contains and Remove agree.
func wantRemoved(t *testing.T, c intCache, want bool) {
	t.Helper()
	has, err := ctxcache.Contains(t.Context(), c, "k")
	if has != want || err != nil {
		t.Errorf("Contains = %v, %v, want %v", has, err, want)
	}
	was, err := ctxcache.Remove(t.Context(), c, "k")
	if was != want || err != nil {
		t.Errorf("Remove = %v, %v, want %v", was, err, want)
	}
}

// TestRemoveReportsWhatContainsFinds checks that Remove reports a value that only near has.
func TestRemoveReportsWhatContainsFinds(t *testing.T) {
	t.Run("far has lost it", func(t *testing.T) {
		l := newTwoLevels(nil)
		l.lose(t)
		wantRemoved(t, l.cache, true)
		wantRemoved(t, l.cache, false)
	})
	t.Run("far is down", func(t *testing.T) {
		l, _ := newResilient()
		layertest.MustSet(t, l.cache, "k", 1)
		l.farFault.Fail(errFar, cachetest.On())
		wantRemoved(t, l.cache, true)
		wantRemoved(t, l.cache, false)
	})
	t.Run("near has a negative entry", func(t *testing.T) {
		l := newTwoLevels(nil)
		if err := ctxcache.SetEntry(t.Context(), l.cache, "k", ctxcache.Entry[int]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}); err != nil {
			t.Fatal(err)
		}
		wantRemoved(t, l.cache, false)
	})
	t.Run("near does not support Remove", func(t *testing.T) {
		near := newLimited(func(caps ctxcache.Cap) ctxcache.Cap { return caps &^ ctxcache.CapRemove })
		far := newNear()
		c := twolevel.New(near, far, nil)
		layertest.MustSet(t, c, "k", 1)
		if err := far.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		wantRemoved(t, c, true)
		wantRemoved(t, c, false)
	})
}

// TestRemoveDoesNotReportWhatIsNotBelieved checks that a coherent near that cannot follow far does not count: its
// copy may be old, and Contains does not find it either.
func TestRemoveDoesNotReportWhatIsNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := &watchFaults{Forward: ctxcache.NewForward(newNear(), ctxcache.Description{})}
		near := newNear()
		c := follows(t, near, intCache(far), func(error) {})
		layertest.MustSet(t, far, "k", 1)
		synctest.Wait()
		layertest.WantValue(t, c, "k", 1)
		layertest.WantValue(t, near, "k", 1)
		far.set(errWatch)
		synctest.Wait()
		if err := far.Delete(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		wantRemoved(t, c, false)
	})
}

// TestOneOfManyRemovesReportsAValue runs every interleaving of a few calls of Remove, and of a reader, and checks
// that one of them reports the value, whether both levels have it, or only near.
func TestOneOfManyRemovesReportsAValue(t *testing.T) {
	for _, tc := range []struct {
		name    string
		inFar   bool
		removes int
		later   bool // a call may begin when another one is under way
		reads   bool
	}{
		{name: "both have it", inFar: true, removes: 3},
		{name: "both have it, and one call begins later", inFar: true, removes: 2, later: true},
		{name: "both have it, and a reader", inFar: true, removes: 2, reads: true},
		{name: "near has it", removes: 3},
		{name: "near has it, and one call begins later", removes: 2, later: true},
		{name: "near has it, and a reader", removes: 2, reads: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wrong, first := 0, ""
				runs := explore(func(s *scheduler) {
					near, far := newNear(), newNear()
					layertest.MustSet(t, near, "k", 1)
					if tc.inFar {
						layertest.MustSet(t, far, "k", 1)
					}
					c := twolevel.New(s.stepped("near", near), answering(s, s.stepped("far", far)), nil)
					var reported atomic.Int32
					var all []act
					for range tc.removes {
						all = append(all, func(ctx context.Context, _ *actor) error {
							if tc.later {
								s.await(ctx, "begin")
							}
							was, err := c.Remove(ctx, "k")
							if was {
								reported.Add(1)
							}
							return err
						})
					}
					if tc.reads {
						all = append(all, get(c))
					}
					if err := s.run(t.Context(), all); err != nil {
						t.Fatal(err)
					}
					if n := reported.Load(); n != 1 {
						wrong, first = wrong+1, fmt.Sprintf("%d calls reported the value, after\n\t%s", n, strings.Join(s.trace, "\n\t"))
					}
				})
				t.Logf("%d interleavings", runs)
				if wrong > 0 {
					t.Errorf("%d of %d interleavings are wrong; in one of them, %s", wrong, runs, first)
				}
			})
		})
	}
}

// answering returns c with a step for each answer of Remove: the caller has it later than c has carried it out.
func answering(s *scheduler, c intCache) intCache {
	return cachetest.Hooked(c, cachetest.Hook[string]{After: func(ctx context.Context, call cachetest.Call[string], err error) error {
		if call.Operation == ctxcache.OpRemove {
			s.await(ctx, "far answers")
		}
		return err
	}})
}

// TestRemoveWaitsForNobody checks that a call does not wait for another one of the same key whose far hangs, and that the
// value is reported once all the same.
func TestRemoveWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		l.lose(t)
		stall := l.farStall.Stall(cachetest.On(ctxcache.OpRemove).First(1))
		first := make(chan bool)
		go func() {
			was, err := ctxcache.Remove(t.Context(), l.cache, "k")
			if err != nil {
				t.Error(err)
			}
			first <- was
		}()
		<-stall.Arrived()
		if was, err := ctxcache.Remove(t.Context(), l.cache, "k"); was || err != nil {
			t.Errorf("the second Remove = %v, %v, want to leave the report to the first", was, err)
		}
		stall.Release()
		if !<-first {
			t.Error("no call reported the value")
		}
	})
}

// TestRemoveReportsASecondValue checks that a call reports a value that was set after another call had reported the value
// before, while a third call of the same key hangs.
func TestRemoveReportsASecondValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTwoLevels(nil)
		stall := l.nearStall.Stall(cachetest.On(ctxcache.OpRemove).First(1))
		hanging := make(chan bool)
		go func() {
			was, err := ctxcache.Remove(t.Context(), l.cache, "k")
			if err != nil {
				t.Error(err)
			}
			hanging <- was
		}()
		<-stall.Arrived() // far has answered it: there was no value
		layertest.MustSet(t, l.cache, "k", 1)
		wantRemoved(t, l.cache, true)
		l.lose(t)
		wantRemoved(t, l.cache, true)
		stall.Release()
		if <-hanging {
			t.Error("the call that hung reported a value, too")
		}
	})
}

// TestRemoveOfAFarThatPanics checks that a panic does not spoil later calls.
func TestRemoveOfAFarThatPanics(t *testing.T) {
	panics := true
	near := newNear()
	c := twolevel.New(near, cachetest.Hooked(newNear(), cachetest.Hook[string]{
		Before: func(_ context.Context, call cachetest.Call[string]) error {
			if panics && call.Operation == ctxcache.OpRemove {
				panic("far panics")
			}
			return nil
		},
	}), nil)
	layertest.MustSet(t, near, "k", 1)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, _ = c.Remove(t.Context(), "k")
	}()
	panics = false
	layertest.MustSet(t, near, "k", 1)
	wantRemoved(t, c, true)
}

// TestResilientRemoveThatFailsDeletes checks that Remove deletes in far if far can delete, but not say what it had.
func TestResilientRemoveThatFailsDeletes(t *testing.T) {
	l, _ := newResilient()
	layertest.MustSet(t, l.cache, "k", 1)
	l.farFault.Fail(errFar, cachetest.On(ctxcache.OpRemove))
	if was, err := ctxcache.Remove(t.Context(), l.cache, "k"); !was || err != nil {
		t.Errorf("Remove = %v, %v", was, err)
	}
	wantMiss(t, l.cache, "k")
	layertest.MustSet(t, l.cache, "k", 1)
	l.farFault.Fail(ctxcache.ErrRefused, cachetest.On(ctxcache.OpDelete))
	if _, err := ctxcache.Remove(t.Context(), l.cache, "k"); !errors.Is(err, ctxcache.ErrRefused) {
		t.Errorf("Remove = %v, although far keeps the value", err)
	}
}
