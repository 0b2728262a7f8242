package guarded_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/guarded"
)

// changes has the changes that OnState has heard of.
type changes struct {
	mu    sync.Mutex
	heard []string
}

func (c *changes) hear(_ context.Context, from, to guarded.State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = append(c.heard, from.String()+" to "+to.String())
}

// want fails the test unless these are the changes since the last look.
func (c *changes) want(t *testing.T, want ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Equal(c.heard, want) {
		t.Fatalf("OnState has heard %q, want %q", c.heard, want)
	}
	c.heard = nil
}

func TestOnState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type contextKey struct{}
		ctx := context.WithValue(t.Context(), contextKey{}, "the caller's")
		var heard changes
		r := newRig(t, guarded.Options{OnState: func(ctx context.Context, from, to guarded.State) {
			if ctx.Value(contextKey{}) != "the caller's" {
				t.Errorf("%v to %v has another context", from, to)
			}
			heard.hear(ctx, from, to)
		}})
		r.faults.Fail(errDown, everything())
		for range minCalls {
			heard.want(t)
			wantIs(t, r.reads(t, ctx), errDown)
		}
		heard.want(t, "closed to open")
		wantIs(t, r.reads(t, ctx), ctxcache.ErrUnavailable)
		untilProbe()
		heard.want(t) // no goroutine watches the clock
		wantIs(t, r.reads(t, ctx), errDown)
		heard.want(t, "open to half-open", "half-open to open")
		r.faults.Heal()
		untilProbe()
		stall := r.stalls.Stall(cachetest.On(ctxcache.OpContains))
		deleted := make(chan error)
		go func() { deleted <- r.Delete(ctx, "a") }()
		<-stall.Arrived()
		heard.want(t, "open to half-open") // before the probe is answered
		stall.Release()
		must(t, <-deleted)
		heard.want(t, "half-open to closed")
	})
}

// Stats notices that a probe is due, and reports the change as a call does.
func TestStatsReportsTheChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard changes
		r := newRig(t, guarded.Options{OnState: heard.hear})
		r.open(t)
		heard.want(t, "closed to open")
		untilProbe()
		r.wantState(t, 1)
		heard.want(t, "open to half-open")
	})
}

// OnState runs outside of locks: it may use the cache, and other calls go on while it runs. Changes that come meanwhile
// are reported after it, in their order.
func TestOnStateOutsideOfLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r *rig
		var heard changes
		wait := make(chan struct{})
		r = newRig(t, guarded.Options{MaxConcurrent: 1, OnState: func(ctx context.Context, from, to guarded.State) {
			if _, err := r.Get(ctx, "a"); (err == nil) != (to == guarded.Closed) && to != guarded.HalfOpen {
				t.Errorf("a call by OnState of %v: %v", to, err)
			}
			if from == guarded.Closed {
				<-wait
			}
			heard.hear(ctx, from, to)
		}})
		r.faults.Fail(errDown, everything())
		opened := make(chan struct{})
		go func() {
			defer close(opened)
			for range minCalls {
				wantIs(t, r.reads(t, t.Context()), errDown)
			}
		}()
		synctest.Wait() // OnState waits
		wantIs(t, r.reads(t, t.Context()), ctxcache.ErrUnavailable)
		untilProbe()
		r.faults.Heal()
		must(t, r.reads(t, t.Context()))
		must(t, r.Set(t.Context(), "a", "2", time.Hour))
		heard.want(t)
		close(wait)
		<-opened
		heard.want(t, "closed to open", "open to half-open", "half-open to closed")
	})
}

// If OnState panics, so does the call. Neither its place nor the probe is lost, and later changes are reported.
func TestOnStatePanics(t *testing.T) {
	for _, o := range slices.Concat(probing(), waiting()) {
		t.Run(string(o.op), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var heard changes
				panics := true
				r := newRig(t, guarded.Options{MaxConcurrent: 1, OnState: func(ctx context.Context, from, to guarded.State) {
					heard.hear(ctx, from, to)
					if panics {
						panic("OnState")
					}
				}})
				wantPanic := func(call func()) {
					t.Helper()
					defer func() {
						if recover() != "OnState" {
							t.Error("it does not panic")
						}
					}()
					call()
				}
				r.faults.Fail(errDown, everything())
				for range minCalls - 1 {
					wantIs(t, r.reads(t, t.Context()), errDown)
				}
				wantPanic(func() { _ = r.reads(t, t.Context()) }) // it panics
				r.faults.Heal()
				untilProbe()
				wantPanic(func() { _ = o.call(t.Context(), r.Cache) }) // it panics
				panics = false
				heard.want(t, "closed to open", "open to half-open")
				if err := o.call(t.Context(), r.Cache); err != nil && err != ctxcache.ErrMiss {
					t.Fatal(err)
				}
				heard.want(t, "half-open to closed")
				r.wantState(t, 0)
			})
		})
	}
}

// If OnState panics in a call that was granted a lease, nobody gets the lease, and it is released.
func TestOnStatePanicsAfterALease(t *testing.T) {
	panics := guarded.Options{MinCalls: 1, OnState: func(context.Context, guarded.State, guarded.State) { panic("OnState") }}
	r := newRigOver(t, partly{memory.New[string, string](nil)}, panics)
	func() {
		defer func() {
			if recover() != "OnState" {
				t.Error("it does not panic")
			}
		}()
		_, _, _ = ctxcache.GetLeases(t.Context(), r.Cache, []string{"a", "absent"}, 0) // it panics
	}()
	if released := r.log.Count(ctxcache.OpReleaseMany); released != 1 {
		t.Errorf("leases were released %d times", released)
	}
}

// partly is a cache whose GetLeases fails for the key "a".
type partly struct{ *memory.Cache[string, string] }

func (p partly) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[string], map[string]ctxcache.Lease, error) {
	found, leases, err := p.Cache.GetLeases(ctx, keys, refreshBelow)
	delete(found, "a")
	return found, leases, errors.Join(err, ctxcache.FailEach([]string{"a"}, errDown))
}

func TestStateString(t *testing.T) {
	for state, want := range map[guarded.State]string{
		guarded.Closed: "closed", guarded.HalfOpen: "half-open", guarded.Open: "open",
	} {
		if state.String() != want {
			t.Errorf("%v, want %s", state, want)
		}
	}
	var zero guarded.State
	if zero != guarded.Closed {
		t.Error("the zero State is not Closed")
	}
}
