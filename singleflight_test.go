package cached_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/ctxcache/cached"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type result struct {
	value  string
	shared bool
	err    error
}

// do calls Do on a goroutine of its own, and returns where its result comes.
func do(ctx context.Context, f *cached.Flight[string, string], key string, load func(context.Context) (string, error)) <-chan result {
	results := make(chan result, 1)
	go func() {
		value, shared, err := f.Do(ctx, key, load)
		results <- result{value, shared, err}
	}()
	return results
}

// gated is a load that reports when it has begun, and ends when it is released, or when its context is done.
type gated struct {
	began   chan context.Context
	release chan string
}

func newGated() *gated {
	return &gated{began: make(chan context.Context, 1), release: make(chan string)}
}

func (g *gated) load(ctx context.Context) (string, error) {
	g.began <- ctx
	select {
	case value := <-g.release:
		return value, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func TestFlightLoadsOncePerKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, keys = 10_000, 100
		var f cached.Flight[string, string]
		var loads atomic.Int64
		open := make(chan struct{})
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				key := strconv.Itoa(i % keys)
				v, _, err := f.Do(t.Context(), key, func(context.Context) (string, error) {
					loads.Add(1)
					<-open
					return key, nil
				})
				if v != key || err != nil {
					t.Errorf("caller %d got %s, %v", i, v, err)
				}
			})
		}
		synctest.Wait() // all wait: for the gate, or for a flight
		close(open)
		wg.Wait()
		if got := loads.Load(); got != keys {
			t.Errorf("%d loads of %d keys", got, keys)
		}
	})
}

func TestFlightOutlivesItsLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cached.Flight[string, string]
		g := newGated()
		leaderCtx, cancel := context.WithCancel(t.Context())
		leader := do(leaderCtx, &f, "k", g.load)
		<-g.began
		var joiners []<-chan result
		for range 10 {
			joiners = append(joiners, do(t.Context(), &f, "k", g.load))
		}
		synctest.Wait()
		cancel()
		if r := <-leader; r.err != context.Canceled {
			t.Errorf("the cancelled leader got %v", r)
		}
		g.release <- "v"
		for _, joiner := range joiners {
			if r := <-joiner; r != (result{"v", true, nil}) {
				t.Errorf("a joiner got %v", r)
			}
		}
	})
}

func TestFlightEndsWithItsLastCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cached.Flight[string, string]
		g := newGated()
		ctx, cancel := context.WithCancel(t.Context())
		var callers []<-chan result
		for range 10 {
			callers = append(callers, do(ctx, &f, "k", g.load))
		}
		loadCtx := <-g.began
		synctest.Wait()
		if loadCtx.Err() != nil {
			t.Fatal("the load was cancelled while callers waited")
		}
		cancel()
		for _, caller := range callers {
			if r := <-caller; r.err != context.Canceled {
				t.Errorf("a cancelled caller got %v", r)
			}
		}
		<-loadCtx.Done() // or synctest reports a deadlock; that the load's goroutine ends, too
	})
}

func TestFlightDyingIsNotJoined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cached.Flight[string, string]
		ctx, cancel := context.WithCancel(t.Context())
		cancelled, unwind := make(chan struct{}), make(chan struct{})
		first := do(ctx, &f, "k", func(ctx context.Context) (string, error) {
			<-ctx.Done()
			close(cancelled)
			<-unwind // the flight is dying, and takes its time
			return "old", nil
		})
		synctest.Wait()
		cancel()
		<-first
		<-cancelled
		second := do(t.Context(), &f, "k", func(context.Context) (string, error) { return "new", nil })
		if r := <-second; r != (result{"new", false, nil}) {
			t.Errorf("the newcomer got %v, want a load of its own", r)
		}
		close(unwind)
	})
}

func TestFlightForgottenIsNotJoinedButServesItsCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cached.Flight[string, string]
		g := newGated()
		first := do(t.Context(), &f, "k", g.load)
		<-g.began
		f.Forget("k")
		second := do(t.Context(), &f, "k", func(context.Context) (string, error) { return "new", nil })
		if r := <-second; r != (result{"new", false, nil}) {
			t.Errorf("a caller after Forget got %v", r)
		}
		third := newGated()
		joined := do(t.Context(), &f, "k", third.load)
		<-third.began
		g.release <- "old" // the forgotten flight ends, and must not take the new one with it
		if r := <-first; r != (result{"old", false, nil}) {
			t.Errorf("the caller before Forget got %v", r)
		}
		fourth := do(t.Context(), &f, "k", g.load)
		synctest.Wait()
		third.release <- "newest"
		if r := <-joined; r.value != "newest" {
			t.Errorf("the leader got %v", r)
		}
		if r := <-fourth; r != (result{"newest", true, nil}) {
			t.Errorf("the joiner got %v", r)
		}
	})
}

func TestFlightDoneContextStartsNothing(t *testing.T) {
	var f cached.Flight[string, string]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := f.Do(ctx, "k", func(context.Context) (string, error) {
		t.Error("loaded")
		return "", nil
	})
	if err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestFlightCallersLeaveByTheirOwnDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f cached.Flight[string, string]
		g := newGated()
		leader := do(t.Context(), &f, "k", g.load)
		<-g.began
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		r := <-do(ctx, &f, "k", g.load)
		if r.err != context.DeadlineExceeded || time.Since(start) != time.Second {
			t.Errorf("the joiner got %v after %v", r, time.Since(start))
		}
		g.release <- "v"
		if r := <-leader; r.value != "v" {
			t.Errorf("the leader got %v", r)
		}
	})
}

func TestFlightKeepsValuesAndDropsTheDeadline(t *testing.T) {
	type userKey struct{}
	var f cached.Flight[string, string]
	ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), userKey{}, "ada"), time.Hour)
	defer cancel()
	v, shared, err := f.Do(ctx, "k", func(ctx context.Context) (string, error) {
		if _, has := ctx.Deadline(); has {
			t.Error("the load has the caller's deadline")
		}
		return ctx.Value(userKey{}).(string), nil
	})
	if v != "ada" || shared || err != nil {
		t.Errorf("got %q, %v, %v", v, shared, err)
	}
}
