package guarded_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/guarded"
)

// Above MaxConcurrent, a call of any operation is shed at once, and the store is not asked.
func TestShedsAboveMaxConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const places = 3
		r := newRig(t, guarded.Options{MaxConcurrent: places})
		stall := r.stalls.Stall(cachetest.On(ctxcache.OpGet))
		ended := make(chan error, places)
		for range places {
			go func() { ended <- r.reads(t, t.Context()) }()
		}
		synctest.Wait()
		r.log.Reset()
		var shed uint64
		for _, o := range slices.Concat(probing(), waiting()) {
			if o.op == ctxcache.OpKeys {
				must(t, o.call(t.Context(), r.Cache))
				r.wantAsked(t, ctxcache.OpKeys)
				continue
			}
			err := o.call(t.Context(), r.Cache)
			shed++
			wantIs(t, err, ctxcache.ErrOverloaded)
			if want := fmt.Sprintf("guarded %s: not asked, because too many calls run", o.op); err.Error() != want {
				t.Errorf("got %q, want %q", err, want)
			}
		}
		r.wantAsked(t)
		if got := r.stats(t).Shed; got != shed {
			t.Errorf("Stats.Shed is %d after %d calls", got, shed)
		}
		stall.Release()
		for range places {
			must(t, <-ended)
		}
		r.wantState(t, 0) // shed calls do not count as failures
		for _, o := range slices.Concat(probing(), waiting()) {
			if err := o.call(t.Context(), r.Cache); err != nil && err != ctxcache.ErrMiss {
				t.Errorf("%s: %v", o.op, err)
			}
		}
	})
}

// A call gives its place back, however it ends.
func TestPlacesComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{MaxConcurrent: 1, MinCalls: 1000})
		for range 3 {
			for _, o := range slices.Concat(probing(), waiting()) {
				r.faults.Fail(errDown, cachetest.On(o.op).First(1))
				wantIs(t, o.call(t.Context(), r.Cache), errDown)

				stall := r.stalls.Stall(cachetest.On(o.op))
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				wantIs(t, o.call(ctx, r.Cache), context.DeadlineExceeded)
				cancel()
				stall.Release()
				if err := o.call(t.Context(), r.Cache); err != nil && err != ctxcache.ErrMiss {
					t.Fatalf("%s: %v", o.op, err)
				}
			}
		}
	})
}

// A refused call takes no place.
func TestRefusedCallsTakeNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{MaxConcurrent: 1})
		r.open(t)
		for range 3 {
			for _, o := range slices.Concat(probing(), waiting()) {
				wantIs(t, o.call(t.Context(), r.Cache), ctxcache.ErrUnavailable)
			}
		}
		untilProbe()
		r.faults.Heal()
		must(t, r.Set(t.Context(), "a", "2", time.Hour)) // by a probe, which needs the place first
		must(t, r.reads(t, t.Context()))
	})
}

// A shed call counts neither as a failure nor as answered, and is not the probe.
func TestShedCallsDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{MaxConcurrent: 1})
		hang := func() (end func()) {
			stall := r.stalls.Stall(cachetest.On(ctxcache.OpLen))
			ended := make(chan error)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				_, err := ctxcache.Len(ctx, r.Cache)
				ended <- err
			}()
			<-stall.Arrived()
			return func() {
				cancel() // its end proves nothing
				wantIs(t, <-ended, context.Canceled)
				stall.Release()
			}
		}
		end := hang()
		for range 10 * minCalls {
			wantIs(t, r.reads(t, t.Context()), ctxcache.ErrOverloaded)
			wantIs(t, r.Delete(t.Context(), "a"), ctxcache.ErrOverloaded)
		}
		end()
		r.open(t) // with the fewest failures

		r.faults.Heal()
		untilProbe()
		must(t, r.reads(t, t.Context()))
		end = hang()
		r.faults.Fail(errDown, cachetest.On(ctxcache.OpKeys)) // has no place, so it can open the circuit meanwhile
		for range minCalls {
			for _, err := range ctxcache.Keys(t.Context(), r.Cache) {
				wantIs(t, err, errDown)
			}
		}
		r.wantState(t, 1)
		untilProbe()
		for range 3 {
			wantIs(t, r.reads(t, t.Context()), ctxcache.ErrOverloaded)
			wantIs(t, r.Delete(t.Context(), "a"), ctxcache.ErrOverloaded)
		}
		r.wantState(t, 1)
		end()
		must(t, r.reads(t, t.Context()))
		r.wantState(t, 0)
	})
}

// The body of a loop over Keys may use the cache, even if there is one place.
func TestLoopOverKeysUsesTheCache(t *testing.T) {
	r := newRig(t, guarded.Options{MaxConcurrent: 1})
	for key, err := range ctxcache.Keys(t.Context(), r.Cache) {
		must(t, err)
		must(t, r.Delete(t.Context(), key))
	}
	if err := r.reads(t, t.Context()); err != ctxcache.ErrMiss {
		t.Error(err)
	}
}

// Without a limit, any number of calls run at a time.
func TestNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{})
		stall := r.stalls.Stall(everything())
		const callers = 1000
		ended := make(chan error, callers)
		for range callers {
			go func() { ended <- r.reads(t, t.Context()) }()
		}
		synctest.Wait()
		stall.Release()
		for range callers {
			must(t, <-ended)
		}
	})
}

// A cache of the caller's own that sheds load does not open the circuit.
func TestShedBelow(t *testing.T) {
	r := newRig(t, guarded.Options{})
	r.faults.Fail(fmt.Errorf("pool: %w", ctxcache.ErrOverloaded), everything())
	for range 10 * minCalls {
		if err := r.reads(t, t.Context()); !errors.Is(err, ctxcache.ErrOverloaded) {
			t.Fatal(err)
		}
	}
	r.wantState(t, 0)
}
