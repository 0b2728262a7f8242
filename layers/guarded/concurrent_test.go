package guarded_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/guarded"
)

// Many callers use a cache that fails and works in turn. The bound of the bulkhead holds, the changes of the state follow
// one another, only reads reach the store while the circuit is not closed, and in the end everything works.
func TestManyAtOnce(t *testing.T) {
	const callers, rounds, places = 50, 100, 10
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			var running, most atomic.Int64
			slow := cachetest.Hooked(memory.New[string, string](nil), cachetest.Hook[string]{
				Before: func(_ context.Context, call cachetest.Call[string]) error {
					if call.Operation != ctxcache.OpStats && call.Operation != ctxcache.OpKeys {
						if n := running.Add(1); n > most.Load() {
							most.Store(n) // the test fails if it is too high, and does not need the exact number
						}
						time.Sleep(time.Millisecond)
						running.Add(-1)
					}
					return nil
				},
			})
			var reporting atomic.Bool
			state := guarded.Closed
			r := newRigOver(t, slow, guarded.Options{
				MaxConcurrent: places, OpenFor: 20 * time.Millisecond, Window: time.Second,
				OnState: func(_ context.Context, from, to guarded.State) {
					if reporting.Swap(true) {
						t.Error("two changes are reported at a time")
					}
					if from != state || from == to {
						t.Errorf("%v to %v, but it was %v", from, to, state)
					}
					state = to
					reporting.Store(false)
				},
			})
			all := slices.Concat(probing(), waiting())
			var group sync.WaitGroup
			for caller := range callers {
				group.Go(func() {
					random := rand.New(rand.NewPCG(seed, uint64(caller)))
					for range rounds {
						ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+random.IntN(50))*time.Millisecond)
						err := all[random.IntN(len(all))].call(ctx, r.Cache)
						cancel()
						switch {
						case err == nil, err == ctxcache.ErrMiss, err == context.DeadlineExceeded, errors.Is(err, errDown),
							errors.Is(err, ctxcache.ErrUnavailable), errors.Is(err, ctxcache.ErrOverloaded):
						default:
							t.Error(err)
						}
						time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
					}
				})
			}
			group.Go(func() {
				for range 5 {
					time.Sleep(30 * time.Millisecond)
					r.faults.Fail(errDown, everything())
					time.Sleep(50 * time.Millisecond)
					r.faults.Heal()
				}
			})
			group.Wait()
			if most.Load() > places {
				t.Errorf("%d calls ran at a time", most.Load())
			}
			if stats := r.stats(t); stats.Refused == 0 || stats.Shed == 0 {
				t.Errorf("the test is too easy: %d refused, %d shed", stats.Refused, stats.Shed)
			}
			time.Sleep(time.Minute)
			must(t, r.Set(t.Context(), "a", "1", time.Hour))
			r.wantState(t, 0)
			if state != guarded.Closed {
				t.Errorf("the last state was %v", state)
			}
			stall := r.stalls.Stall(everything())
			ended := make(chan error, places)
			for range places {
				go func() { ended <- r.reads(t, t.Context()) }()
			}
			synctest.Wait()
			wantIs(t, r.reads(t, t.Context()), ctxcache.ErrOverloaded)
			stall.Release()
			for range places {
				must(t, <-ended)
			}
		})
	}
}

// Any number of writers at once make one probe between them.
func TestOneProbeOfManyWriters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, guarded.Options{})
		r.halfOpen(t)
		stall := r.stalls.Stall(cachetest.On(ctxcache.OpContains))
		const writers = 100
		ended := make(chan error, writers)
		for range writers {
			go func() { ended <- r.Set(t.Context(), "a", "2", time.Hour) }()
		}
		synctest.Wait()
		stall.Release()
		stored := 0
		for range writers {
			if err := <-ended; err == nil {
				stored++
			} else {
				wantIs(t, err, ctxcache.ErrUnavailable)
			}
		}
		if stored != 1 {
			t.Errorf("%d writers stored", stored)
		}
		r.wantAsked(t, ctxcache.OpContains, ctxcache.OpSet)
	})
}
