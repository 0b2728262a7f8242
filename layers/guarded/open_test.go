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

// The circuit opens at the ratio, and not before the minimum of calls.
func TestOpensAtTheRatio(t *testing.T) {
	for _, test := range []struct {
		ratio    float64
		outcomes string // of the calls: f is a failure
		opens    int    // with which call; 0: never
	}{
		{0, "ffff", 4},
		{0, "fff", 0},
		{0, "..ff", 4},
		{0, "...f", 0},
		{0, "....ff.f", 0},
		{0, "....ff.ff..f", 0},
		{0, "....ff.fff", 10},
		{0, "ff..f", 5}, // a success never opens it, whatever the ratio
		{1, ".fffffffff", 0},
		{1, "ffff", 4},
		{0.1, ".........f", 10},
		{0.1, "..........f", 0},
	} {
		t.Run(fmt.Sprint(test.ratio, test.outcomes), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, guarded.Options{FailureRatio: test.ratio})
				opened := 0
				for i, outcome := range test.outcomes {
					r.faults.Heal()
					if outcome == 'f' {
						r.faults.Fail(errDown, everything())
					}
					if err := r.reads(t, t.Context()); errors.Is(err, errDown) != (outcome == 'f') {
						t.Fatalf("call %d: %v", i+1, err)
					}
					if opened == 0 && r.stats(t).Open == 1 {
						opened = i + 1
					}
				}
				if opened != test.opens {
					t.Errorf("it opened with call %d, want %d", opened, test.opens)
				}
			})
		})
	}
}

// Outcomes leave the window a part at a time.
func TestOldOutcomesDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{Window: 10 * time.Second})
		r.faults.Fail(errDown, everything())
		for i := range 20 { // 3 of them fall within any 10 seconds
			wantIs(t, r.reads(t, t.Context()), errDown)
			r.wantState(t, 0)
			if i%3 == 2 {
				time.Sleep(11 * time.Second)
			}
		}
		for range 2 {
			time.Sleep(4 * time.Second) // the failures before are still in the window
			wantIs(t, r.reads(t, t.Context()), errDown)
		}
		r.wantState(t, 1)
	})
}

// A call counts from its end. Otherwise a cache that takes longer than the window to fail would never count.
func TestCallsThatLastLongerThanTheWindowCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{Window: time.Second})
		stall := r.stalls.Stall(everything())
		r.faults.Fail(errDown, everything())
		ended := make(chan error, minCalls)
		for range minCalls {
			go func() { ended <- r.reads(t, t.Context()) }()
		}
		time.Sleep(time.Minute)
		stall.Release()
		for range minCalls {
			wantIs(t, <-ended, errDown)
		}
		r.wantState(t, 1)
	})
}

// While the circuit is open, calls of every operation fail at once, and the store is not asked.
func TestOpenRefusesEveryOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{})
		r.open(t)
		r.log.Reset()
		all := slices.Concat(probing(), waiting())
		for _, o := range all {
			err := o.call(t.Context(), r.Cache)
			wantIs(t, err, ctxcache.ErrUnavailable)
			failure, ok := err.(*ctxcache.Error)
			if !ok || failure.Layer != "guarded" || failure.Op != o.op || failure.Err != ctxcache.ErrUnavailable {
				t.Errorf("%s: %#v", o.op, err)
			}
			if err.Error() != fmt.Sprintf("guarded %s: not asked, because earlier calls failed", o.op) {
				t.Error(err)
			}
			if shown := ctxcache.DiscreetText(err); shown != err.Error() {
				t.Errorf("a log shows %q", shown)
			}
		}
		r.wantAsked(t)
		if got := r.stats(t).Refused; got != uint64(len(all)) {
			t.Errorf("Stats.Refused is %d after %d refused calls", got, len(all))
		}
	})
}

// A done context ends a call with its own error, in every state, and proves nothing.
func TestDoneContextComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done, cancel := context.WithCancel(t.Context())
		cancel()
		r := newRig(t, guarded.Options{MaxConcurrent: 1})
		refuse := func(state string) {
			for _, o := range slices.Concat(probing(), waiting()) {
				if err := o.call(done, r.Cache); err != context.Canceled {
					t.Errorf("%s, %s: %v", state, o.op, err)
				}
			}
		}
		refuse("closed")
		r.open(t)
		refuse("open")
		untilProbe()
		r.faults.Heal()
		r.log.Reset()
		refuse("half-open")
		r.wantAsked(t)
		if refused := r.stats(t).Refused; refused != 0 {
			t.Errorf("%d calls count as refused", refused)
		}
		must(t, r.reads(t, t.Context()))
		r.wantState(t, 0)
	})
}

// Watch, Stats, and calls for no keys pass in every state, and count in none.
func TestCallsThatPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{})
		pass := func() {
			ctx, cancel := context.WithCancel(t.Context())
			watched := make(chan error)
			go func() { watched <- ctxcache.Watch(ctx, r.Cache, func(ctxcache.Event) {}) }()
			synctest.Wait()
			cancel()
			wantIs(t, <-watched, context.Canceled)
			for range 2 * minCalls {
				_, err := ctxcache.GetEntries(t.Context(), r.Cache, nil)
				must(t, err)
				must(t, ctxcache.SetEntries(t.Context(), r.Cache, nil))
				must(t, ctxcache.DeleteMany(t.Context(), r.Cache, nil))
				must(t, ctxcache.ReleaseMany(t.Context(), r.Cache, nil))
			}
		}
		r.open(t)
		r.faults.Heal()
		pass()
		r.wantState(t, 1)
		wantIs(t, r.reads(t, t.Context()), ctxcache.ErrUnavailable)
		untilProbe()
		pass()
		r.wantState(t, 1) // none of them was the probe
		must(t, r.reads(t, t.Context()))
		r.wantState(t, 0)
		pass() // these would count as answered

		for range minCalls - 1 {
			r.faults.Fail(errDown, cachetest.On(ctxcache.OpGet).First(1))
			wantIs(t, r.reads(t, t.Context()), errDown)
		}
		for range 2 * minCalls {
			r.faults.Fail(errDown, cachetest.On(ctxcache.OpWatch).First(1))
			wantIs(t, ctxcache.Watch(t.Context(), r.Cache, func(ctxcache.Event) {}), errDown)
		}
		r.wantState(t, 0)
		r.faults.Fail(errDown, cachetest.On(ctxcache.OpGet).First(1))
		wantIs(t, r.reads(t, t.Context()), errDown)
		r.wantState(t, 1)
	})
}
