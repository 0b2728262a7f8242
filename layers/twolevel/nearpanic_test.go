package twolevel_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// abrupt are the ways by which code that a level calls ends without returning.
var abrupt = map[string]func(){
	"panic":  func() { panic("a level panics") },
	"Goexit": runtime.Goexit,
}

// endsAbruptly calls call on a goroutine of its own, waits for its end, and fails the test if call returns.
func endsAbruptly(t *testing.T, call func()) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { _ = recover() }()
		call()
		t.Error("the call returned")
	}()
	<-ended
}

// ending returns a cache that ends calls of operations abruptly, before they reach inner, from the moment that on is set.
func ending(inner intCache, on *atomic.Bool, end func(), operations ...ctxcache.Operation) intCache {
	target := make(map[ctxcache.Operation]bool)
	for _, operation := range operations {
		target[operation] = true
	}
	return cachetest.Hooked(inner, cachetest.Hook[string]{
		Before: func(_ context.Context, call cachetest.Call[string]) error {
			if on.Load() && target[call.Operation] {
				end()
			}
			return nil
		},
	})
}

// TestNearPanicsInAFill checks that neither near's lease nor the old near copy stays if near panics when it gets the
// value that far has taken, as a Cost function of memory may.
func TestNearPanicsInAFill(t *testing.T) {
	for how, end := range abrupt {
		writes := layertest.SetWays[int]()
		writes = append(writes[:2], writes[5:]...) // the others need an absent key: see below
		for _, way := range writes {
			t.Run(how+"/"+way.Name, func(t *testing.T) {
				inner, on := newNear(), new(atomic.Bool)
				c := twolevel.New(ending(inner, on, end, ctxcache.OpFill, ctxcache.OpFillMany), newNear(), nil)
				layertest.MustSet(t, c, "k", 1)
				layertest.WantValue(t, inner, "k", 1)
				on.Store(true)
				endsAbruptly(t, func() { _ = way.Write(t.Context(), c, "k", ctxcache.NewEntry(2, time.Hour)) })
				wantMiss(t, inner, "k")
				wantFree(t, inner, "k")
				on.Store(false)
				layertest.WantValue(t, c, "k", 2)
			})
		}
		for name, fill := range fills {
			t.Run(how+"/"+name, func(t *testing.T) {
				inner, on := newNear(), new(atomic.Bool)
				c := twolevel.New(ending(inner, on, end, ctxcache.OpFill, ctxcache.OpFillMany), newNear(), nil)
				layertest.MustSet(t, c, "k", 1)
				lease := mustLease(t, c, "k", ctxcache.NoExpiry)
				on.Store(true)
				endsAbruptly(t, func() { _ = fill(t.Context(), c, lease, ctxcache.NewEntry(2, time.Hour)) })
				wantMiss(t, inner, "k")
				wantFree(t, inner, "k")
			})
		}
	}
}

// fills are the ways to fill the key k by a lease.
var fills = map[string]func(ctx context.Context, c intCache, lease ctxcache.Lease, e ctxcache.Entry[int]) error{
	"Fill": func(ctx context.Context, c intCache, lease ctxcache.Lease, e ctxcache.Entry[int]) error {
		return ctxcache.Fill(ctx, c, "k", lease, e)
	},
	"FillMany": func(ctx context.Context, c intCache, lease ctxcache.Lease, e ctxcache.Entry[int]) error {
		leases := map[string]ctxcache.Lease{"k": lease}
		return ctxcache.FillMany(ctx, c, map[string]ctxcache.Entry[int]{"k": e}, leases)
	},
}

// TestNearPanicsInACopy checks that near's lease does not stay if near panics when it gets a copy of far's value.
func TestNearPanicsInACopy(t *testing.T) {
	for how, end := range abrupt {
		for _, way := range layertest.ReadWays[int]() {
			t.Run(how+"/"+way.Name, func(t *testing.T) {
				inner, far, on := newNear(), newNear(), new(atomic.Bool)
				on.Store(true)
				c := twolevel.New(ending(inner, on, end, ctxcache.OpFill, ctxcache.OpFillMany), far, nil)
				layertest.MustSet(t, far, "k", 1)
				ended := make(chan error, 1)
				go func() {
					var err error
					defer func() { ended <- err }()
					defer func() { _ = recover() }()
					_, err = way.Read(t.Context(), c, "k") // a shared read returns an error instead
				}()
				if err := <-ended; err == ctxcache.ErrMiss {
					t.Error("a miss")
				}
				wantFree(t, inner, "k")
				on.Store(false)
				layertest.WantValue(t, c, "k", 1)
			})
		}
	}
}

// TestNearPanicsInADeletion checks that near's lease of a write ends if near panics when it is to delete its copy.
func TestNearPanicsInADeletion(t *testing.T) {
	for how, end := range abrupt {
		for _, way := range layertest.SetWays[int]()[5:] {
			t.Run(how+"/"+way.Name, func(t *testing.T) {
				inner, on := newNear(), new(atomic.Bool)
				on.Store(true)
				far, faults := cachetest.Failing(newNear())
				c := twolevel.New(ending(inner, on, end, ctxcache.OpDelete, ctxcache.OpDeleteMany), far, nil)
				faults.Fail(errFar, cachetest.On())
				endsAbruptly(t, func() { _ = way.Write(t.Context(), c, "k", ctxcache.NewEntry(2, time.Hour)) })
				wantFree(t, inner, "k")
			})
		}
	}
}

// TestLevelPanicsInARelease checks that near's part of a lease ends if far panics in a Release, and the other way round.
func TestLevelPanicsInARelease(t *testing.T) {
	for how, end := range abrupt {
		for _, many := range []bool{false, true} {
			name := how + "/one"
			if many {
				name = how + "/many"
			}
			t.Run(name, func(t *testing.T) {
				near, far, on := newNear(), newNear(), new(atomic.Bool)
				broken := func(c intCache) intCache {
					return ending(c, on, end, ctxcache.OpRelease, ctxcache.OpReleaseMany)
				}
				c := twolevel.New(near, broken(far), nil)
				lease := mustLease(t, c, "k", 0)
				on.Store(true)
				endsAbruptly(t, func() { _ = release(t, c, lease, many) })
				wantFree(t, near, "k")

				on.Store(false)
				far = newNear()
				c = twolevel.New(broken(newNear()), far, nil)
				lease = mustLease(t, c, "k", 0)
				on.Store(true)
				endsAbruptly(t, func() { _ = release(t, c, lease, many) })
				wantFree(t, far, "k")
			})
		}
	}
}

// TestNearPanicsInADrop checks that the entry that far has dropped does not stay in near if near panics.
func TestNearPanicsInADrop(t *testing.T) {
	for how, end := range abrupt {
		t.Run(how, func(t *testing.T) {
			inner, on := newNear(), new(atomic.Bool)
			c := twolevel.New(ending(inner, on, end, ctxcache.OpDrop), newNear(), nil)
			layertest.MustSet(t, c, "k", 1)
			lease := mustLease(t, c, "k", ctxcache.NoExpiry)
			on.Store(true)
			endsAbruptly(t, func() { _ = ctxcache.Drop(t.Context(), c, "k", lease) })
			wantMiss(t, inner, "k")
			wantFree(t, inner, "k")
		})
	}
}

// TestHookPanicsInARead checks that a read whose OnFarError panics returns or panics, and leaves neither a lease nor a
// flight behind.
func TestHookPanicsInARead(t *testing.T) {
	for how, end := range abrupt {
		for _, way := range layertest.ReadWays[int]() {
			t.Run(how+"/"+way.Name, func(t *testing.T) {
				l := newTwoLevels(&twolevel.Options{OnFarError: func(context.Context, error) { end() }})
				l.farFault.Fail(errFar, cachetest.On())
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					defer func() { _ = recover() }()
					if _, err := way.Read(t.Context(), l.cache, "k"); err == nil || err == ctxcache.ErrMiss || errors.Is(err, errFar) {
						t.Errorf("%s = %v, want a panic or its error", way.Name, err)
					}
				}()
				<-ended
				wantFree(t, l.near, "k")
				wantFree(t, l.far, "k")
				l.farFault.Heal()
				layertest.MustSet(t, l.far, "k", 1)
				layertest.WantValue(t, l.cache, "k", 1)
			})
		}
	}
}

// TestHookPanicsWithLeases checks that no lease stays if OnFarError panics in a GetLeases that far has granted some keys
// and failed for others.
func TestHookPanicsWithLeases(t *testing.T) {
	for how, end := range abrupt {
		t.Run(how, func(t *testing.T) {
			near, store := newNear(), newNear()
			far := cachetest.Hooked(store, cachetest.Hook[string]{
				After: func(_ context.Context, call cachetest.Call[string], err error) error {
					if call.Operation == ctxcache.OpGetLeases {
						return ctxcache.NewManyError(map[string]error{"other": errFar})
					}
					return err
				},
			})
			c := twolevel.New(near, far, &twolevel.Options{OnFarError: func(context.Context, error) { end() }})
			endsAbruptly(t, func() { _, _, _ = ctxcache.GetLeases(t.Context(), c, []string{"k", "other"}, 0) })
			for _, key := range []string{"k", "other"} {
				wantFree(t, near, key)
			}
			wantFree(t, store, "k")
		})
	}
}
