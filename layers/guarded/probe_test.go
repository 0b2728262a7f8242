package guarded_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/guarded"
)

// Of many callers, exactly one is let through. The circuit closes when it is answered, and opens again if it fails.
func TestExactlyOneProbe(t *testing.T) {
	for _, works := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, guarded.Options{})
			r.halfOpen(t)
			if !works {
				r.faults.Fail(errDown, everything())
			}
			stall := r.stalls.Stall(everything())
			const callers = 100
			ended := make(chan error, callers)
			all := slices.Concat(probing(), waiting())
			for i := range callers {
				go func() { ended <- all[i%len(all)].call(t.Context(), r.Cache) }()
			}
			synctest.Wait() // the probe has arrived, and all others have ended
			if refused := len(ended); refused != callers-1 {
				t.Fatalf("%d of %d callers were refused at once", refused, callers)
			}
			for range callers - 1 {
				wantIs(t, <-ended, ctxcache.ErrUnavailable)
			}
			<-stall.Arrived()
			stall.Release()
			err := <-ended
			if works {
				must(t, err)
				r.wantState(t, 0)
				for range callers { // the call may have been a deletion
					if err := r.reads(t, t.Context()); err != nil && err != ctxcache.ErrMiss {
						t.Fatal(err)
					}
				}
				return
			}
			if asked := r.log.Count() - r.log.Count(ctxcache.OpStats); asked != 1 {
				t.Errorf("the store was asked %d times", asked)
			}
			// A write that waits for its probe is refused.
			if !errors.Is(err, errDown) && !errors.Is(err, ctxcache.ErrUnavailable) {
				t.Error(err)
			}
			r.log.Reset()
			for range callers {
				wantIs(t, r.reads(t, t.Context()), ctxcache.ErrUnavailable)
			}
			r.wantAsked(t)
			time.Sleep(5 * time.Second) // a whole OpenFor again, and no more than that
			wantIs(t, r.reads(t, t.Context()), ctxcache.ErrUnavailable)
			time.Sleep(time.Nanosecond)
			wantIs(t, r.reads(t, t.Context()), errDown)
			r.wantAsked(t, ctxcache.OpGet)
		})
	}
}

// Each read may be the probe. It is itself what the store is asked.
func TestReadsProbe(t *testing.T) {
	for i, o := range probing() {
		t.Run(fmt.Sprint(i, o.op), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, guarded.Options{})
				r.halfOpen(t)
				must(t, o.call(t.Context(), r.Cache))
				r.wantAsked(t, o.op)
				r.wantState(t, 0)
			})
		})
	}
}

// No other operation is the probe: the layer reads a key first. The call is made only if that has been answered.
func TestOthersWaitForAProbe(t *testing.T) {
	for _, o := range waiting() {
		t.Run(string(o.op), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, guarded.Options{})
				r.halfOpen(t)
				r.faults.Fail(errDown, cachetest.On(ctxcache.OpContains).First(1))
				wantIs(t, o.call(t.Context(), r.Cache), ctxcache.ErrUnavailable)
				r.wantAsked(t, ctxcache.OpContains)
				wantIs(t, o.call(t.Context(), r.Cache), ctxcache.ErrUnavailable)
				r.wantAsked(t) // it is open again

				untilProbe()
				stall := r.stalls.Stall(cachetest.On(ctxcache.OpContains))
				ended := make(chan error)
				go func() { ended <- o.call(t.Context(), r.Cache) }()
				probe := <-stall.Arrived()
				if want := map[bool]string{true: "", false: "a"}[o.op.Whole()]; probe.Keys[0] != want && probe.Keys[0] != "b" {
					t.Errorf("it asked for %q", probe.Keys)
				}
				wantIs(t, o.call(t.Context(), r.Cache), ctxcache.ErrUnavailable) // while the probe runs
				wantIs(t, r.reads(t, t.Context()), ctxcache.ErrUnavailable)
				stall.Release()
				must(t, <-ended)
				r.wantAsked(t, ctxcache.OpContains, o.op)
				r.wantState(t, 0)
			})
		})
	}
}

// A store of three methods can be asked, too.
func TestOthersWaitForAProbeOfThreeMethods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRigOver(t, threeMethods{memory.New[string, string](nil)}, guarded.Options{})
		r.halfOpen(t)
		must(t, r.Set(t.Context(), "a", "2", time.Hour))
		r.wantState(t, 0)
	})
}

type threeMethods struct{ ctxcache.Cache[string, string] }

// A probe whose caller leaves decides nothing: the next read is the probe.
func TestProbeWhoseCallerLeaves(t *testing.T) {
	for _, o := range append(probing(), waiting()...) {
		t.Run(string(o.op), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, guarded.Options{})
				r.halfOpen(t)
				stall := r.stalls.Stall(everything())
				for range 2 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					err := o.call(ctx, r.Cache)
					cancel()
					wantIs(t, err, context.DeadlineExceeded)
					r.wantState(t, 1)
				}
				stall.Release()
				must(t, r.reads(t, t.Context()))
				r.wantState(t, 0)
			})
		})
	}
}

// A probe that does not return keeps the circuit half-open for OpenFor at most. Then the next read is the probe, and the
// old one decides nothing when it returns.
func TestProbeThatDoesNotReturn(t *testing.T) {
	for _, late := range []error{nil, errDown} {
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t, guarded.Options{})
			r.halfOpen(t)
			stall := r.stalls.Stall(cachetest.On(ctxcache.OpGet).First(1))
			ended := make(chan error, 1)
			go func() { ended <- r.reads(t, t.Context()) }()
			<-stall.Arrived()
			time.Sleep(5 * time.Second) // OpenFor
			wantIs(t, r.reads(t, t.Context()), ctxcache.ErrUnavailable)
			time.Sleep(time.Nanosecond)
			must(t, r.reads(t, t.Context()))
			r.wantState(t, 0)
			if late != nil {
				r.faults.Fail(late, cachetest.On(ctxcache.OpGet).First(1))
			}
			stall.Release()
			if err := <-ended; !errors.Is(err, late) {
				t.Error(err)
			}
			r.wantState(t, 0)
			must(t, r.reads(t, t.Context()))
		})
	}
}

// An outcome counts only for the state in which its call began: a late one neither closes a circuit nor opens it.
func TestLateOutcomes(t *testing.T) {
	for _, outcome := range []error{errDown, nil} {
		synctest.Test(t, func(t *testing.T) {
			outcomes := make(chan error)
			late := cachetest.Hooked(memory.New[string, string](nil), cachetest.Hook[string]{
				After: func(_ context.Context, call cachetest.Call[string], err error) error {
					if call.Operation == ctxcache.OpContains {
						return <-outcomes
					}
					return err
				},
			})
			r := newRigOver(t, late, guarded.Options{})
			const each = 2 * minCalls
			for range 4 * each {
				go func() { _, _ = ctxcache.Contains(t.Context(), r.Cache, "a") }() // it ends as the test says
			}
			end := func() {
				for range each {
					outcomes <- outcome
				}
				synctest.Wait()
			}
			synctest.Wait()
			r.open(t)
			end()
			r.wantState(t, 1)
			wantIs(t, r.reads(t, t.Context()), ctxcache.ErrUnavailable)
			r.faults.Heal()
			r.log.Reset()

			untilProbe()
			end() // without a probe
			stall := r.stalls.Stall(cachetest.On(ctxcache.OpGet))
			probed := make(chan error)
			go func() { probed <- r.reads(t, t.Context()) }()
			<-stall.Arrived()
			end() // with a probe
			r.wantState(t, 1)
			wantIs(t, r.reads(t, t.Context()), ctxcache.ErrUnavailable)
			stall.Release()
			must(t, <-probed)
			r.wantState(t, 0)

			end() // after it
			r.wantState(t, 0)
			r.open(t) // with the fewest failures: nothing late counted as answered
		})
	}
}
