package leases_test

import (
	"context"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
	"github.com/ctxcache/cached/internal/leases"
)

// renewed are the leases of each renewal, as often as there was one.
type renewed [][]string

// start starts a renewal of the leases, every second.
func start(ctx context.Context, group *calls.Group, granted ...string) (*leases.Renewal[string], *renewed) {
	var seen renewed
	r := leases.NewRenewal(granted, func(_ context.Context, left []string) { seen = append(seen, slices.Sorted(slices.Values(left))) })
	r.Start(ctx, group, 3*time.Second)
	return r, &seen
}

// pass lets d pass, and what is due by then happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestLeasesAreRenewedUntilTheyAreStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := calls.NewGroup(1)
		r, seen := start(t.Context(), group, "a", "b")
		pass(2500 * time.Millisecond)
		r.Stop("a")
		r.Stop("never granted")
		pass(time.Second)
		r.Stop("b")
		group.Wait() // though neither the context nor the group has ended
		r.Stop("b")
		pass(time.Minute)
		if want := (renewed{{"a", "b"}, {"a", "b"}, {"b"}}); !slices.EqualFunc(*seen, want, slices.Equal[[]string]) {
			t.Errorf("renewed %v, want %v", *seen, want)
		}
	})
}

func TestRenewalIsForTheLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := calls.NewGroup(1)
		call, leave := context.WithCancel(t.Context())
		load, end := context.WithCancel(t.Context())
		_, seen := start(ctxcache.ForLoad(call, load), group, "a")
		leave()
		pass(9500 * time.Millisecond) // more than three times the life of a lease
		end()
		group.Wait()
		if len(*seen) != 9 {
			t.Errorf("renewed %d times, want 9", len(*seen))
		}
	})
}

func TestLoadThatCannotEndIsNotRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := calls.NewGroup(1)
		forever := context.WithoutCancel(t.Context())
		r, seen := start(forever, group, "a")
		_, forLoad := start(ctxcache.ForLoad(t.Context(), forever), group, "a")
		group.Wait()
		pass(time.Minute)
		r.Stop("a")
		if len(*seen)+len(*forLoad) != 0 {
			t.Errorf("renewed %v and %v", *seen, *forLoad)
		}
	})
}

func TestRenewalEnds(t *testing.T) {
	for name, end := range map[string]func(leave context.CancelFunc, group *calls.Group){
		"with the context": func(leave context.CancelFunc, _ *calls.Group) { leave() },
		"with the group":   func(_ context.CancelFunc, group *calls.Group) { group.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				group := calls.NewGroup(1)
				r, seen := start(ctx, group, "a")
				pass(1500 * time.Millisecond)
				end(leave, group)
				group.Wait()
				pass(time.Minute)
				r.Stop("a")
				if len(*seen) != 1 {
					t.Errorf("renewed %d times, want 1", len(*seen))
				}
			})
		})
	}
}

func TestRenewalOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group, closed := calls.NewGroup(1), calls.NewGroup(1)
		closed.Close()
		_, ofNone := start(t.Context(), group)
		_, late := start(t.Context(), closed, "a")
		stopped := leases.NewRenewal([]string{"a"}, func(context.Context, []string) { t.Error("a stopped lease was renewed") })
		stopped.Stop("a")
		stopped.Start(t.Context(), group, time.Second)
		var none *leases.Renewal[string]
		none.Stop("a")
		group.Wait()
		pass(time.Minute)
		if len(*ofNone)+len(*late) != 0 {
			t.Errorf("renewed %v and %v", *ofNone, *late)
		}
	})
}

// TestRenewalOfManyLeases checks that a renewal goes on for the leases that are left, although thousands of others were
// stopped, in any order.
func TestRenewalOfManyLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		group := calls.NewGroup(1)
		const n = 100_000
		granted := make([]string, n)
		for i := range granted {
			granted[i] = strconv.Itoa(i)
		}
		r, seen := start(t.Context(), group, granted...)
		for i := range n {
			if lease := granted[(i*7919)%n]; i < n-3 {
				r.Stop(lease)
			}
		}
		pass(1500 * time.Millisecond)
		want := []string{granted[(n-3)*7919%n], granted[(n-2)*7919%n], granted[(n-1)*7919%n]}
		if len(*seen) != 1 || !slices.Equal((*seen)[0], slices.Sorted(slices.Values(want))) {
			t.Errorf("renewed %v, want %v", *seen, want)
		}
		for _, lease := range want {
			r.Stop(lease)
		}
		group.Wait() // though neither the context nor the group has ended
	})
}
