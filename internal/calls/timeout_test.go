package calls_test

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// newLimited returns a backend whose callers wait 100 ms for a read, and 1 s for a write.
func newLimited() *calls.Backend { return newLimitedTo(100) }

// newLimitedTo is newLimited with another MaxCalls.
func newLimitedTo(maxCalls int) *calls.Backend {
	return calls.NewBackend(calls.About{
		Layer: "test", MaxCalls: maxCalls,
		Timeouts:   ctxcache.Timeouts{Read: 100 * time.Millisecond, Write: time.Second},
		Unanswered: func(err error) bool { return err != errAnswer },
		Discreet:   func(err error) error { return err },
	})
}

// after returns a call that the server answers after d.
func after(d time.Duration) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		time.Sleep(d)
		return "answer", nil
	}
}

func TestCallersWaitForTheLimitOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimited()
		for _, c := range []struct {
			op   ctxcache.Operation
			keys int
			want time.Duration
		}{
			{ctxcache.OpGet, 0, 100 * time.Millisecond},
			{ctxcache.OpGetLease, 0, 100 * time.Millisecond},
			{ctxcache.OpSet, 0, time.Second},
			{ctxcache.OpFill, 0, time.Second},
			{ctxcache.OpDelete, 0, time.Second},
			{ctxcache.OpGetEntries, 50, 150 * time.Millisecond},
			{ctxcache.OpDeleteMany, 50, 1050 * time.Millisecond},
		} {
			if got, err := calls.Call(t.Context(), b, c.op, after(0)); got != "answer" || err != nil { // the breaker is closed
				t.Fatalf("%s: %q, %v", c.op, got, err)
			}
			began := time.Now()
			_, err := calls.Task[string]{Op: c.op, Keys: c.keys, Run: after(time.Minute)}.Do(t.Context(), b)
			if took := time.Since(began); took != c.want || !errors.Is(err, ctxcache.ErrTimeout) {
				t.Errorf("%s of %d keys: %v after %v, want a timeout after %v", c.op, c.keys, err, took, c.want)
			}
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: the error is taken for the caller's own deadline: %v", c.op, err)
			}
			if timeout, ok := errors.AsType[net.Error](err); !ok || !timeout.Timeout() {
				t.Errorf("%s: %v is not a net.Error of a timeout", c.op, err)
			}
		}
		b.Close()
		b.Wait()
	})
}

// The context of a call that goes on has the values of its caller, but not its end. It ends some time after the limit.
func TestCallGoesOnBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimited()
		type valueKey struct{}
		ctx, leave := context.WithCancel(context.WithValue(t.Context(), valueKey{}, "value"))
		ended := make(chan time.Duration)
		began := time.Now()
		go func() {
			_, _ = get(ctx, b, func(ctx context.Context) (string, error) {
				if ctx.Value(valueKey{}) != "value" {
					t.Error("the call does not have its caller's values")
				}
				<-ctx.Done()
				ended <- time.Since(began)
				return "", ctx.Err()
			})
		}()
		synctest.Wait()
		leave()
		if after := <-ended; after < time.Second || after > time.Minute {
			t.Errorf("the call's context ended after %v", after)
		}
		b.Close()
		b.Wait()
	})
}

func TestWithoutALimitTheCallEndsWithItsCaller(t *testing.T) {
	b := newBackend(nil)
	ctx, leave := context.WithCancel(t.Context())
	leaving := func(ctx context.Context) (string, error) {
		leave()
		<-ctx.Done()
		return "", ctx.Err()
	}
	if _, err := get(ctx, b, leaving); err != context.Canceled {
		t.Errorf("the caller left with %v", err)
	}
	b.Close()
	b.Wait()
}

func TestAfterThreeTimeoutsOneCallAtATimeIsLetThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimited()
		hang := make(chan struct{})
		for i := range 3 {
			if _, err := get(t.Context(), b, stuck(hang)); !errors.Is(err, ctxcache.ErrTimeout) {
				t.Fatalf("call %d: %v", i, err)
			}
		}
		refused := func() (refused bool) {
			began := time.Now()
			_, err := get(t.Context(), b, answer)
			return time.Since(began) == 0 && errors.Is(err, ctxcache.ErrTimeout)
		}
		through := make(chan error)
		go func() {
			_, err := get(t.Context(), b, stuck(hang))
			through <- err
		}()
		synctest.Wait()
		for range 10 {
			if !refused() {
				t.Error("a call is not refused while another one is let through")
			}
		}
		if err := <-through; !errors.Is(err, ctxcache.ErrTimeout) {
			t.Errorf("the call that was let through: %v", err)
		}
		// The next one is let through as soon as nobody waits for the one before. Its answer opens the way for all.
		for range 10 {
			if got, err := get(t.Context(), b, answer); got != "answer" || err != nil {
				t.Errorf("after an answer: %q, %v", got, err)
			}
		}
		close(hang)
		b.Close()
		b.Wait()
	})
}

// The server answers after 150 ms, and callers wait 100 ms. It does not hang, so no call is refused.
func TestLateAnswersAreAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimited()
		for i := range 10 {
			began := time.Now()
			if _, err := get(t.Context(), b, after(150*time.Millisecond)); !errors.Is(err, ctxcache.ErrTimeout) {
				t.Errorf("call %d: %v", i, err)
			}
			if took := time.Since(began); took != 100*time.Millisecond {
				t.Errorf("call %d took %v", i, took)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if s := b.Counts.Stats("test"); s.Timeouts != 10 || s.Late != 10 {
			t.Errorf("%d timeouts and %d late answers, want 10", s.Timeouts, s.Late)
		}
		if slowest := b.Counts.Slowest(); slowest != 150*time.Millisecond {
			t.Errorf("the slowest answer took %v", slowest)
		}
		b.Close()
	})
}

// Callers whose own deadlines are shorter than the limit leave before it. The breaker must learn all the same.
func TestBreakerDoesNotNeedPatientCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimited()
		hang := make(chan struct{})
		for i := range 4 {
			ctx, cancel := context.WithTimeout(t.Context(), 80*time.Millisecond)
			_, err := get(ctx, b, stuck(hang))
			cancel()
			if err != context.DeadlineExceeded {
				t.Errorf("call %d: %v", i, err)
			}
		}
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _, _ = get(ctx, b, stuck(hang)) }()
		synctest.Wait()
		if _, err := get(t.Context(), b, answer); !errors.Is(err, ctxcache.ErrTimeout) {
			t.Errorf("a call after these: %v, want that it is refused", err)
		}
		cancel()
		close(hang)
		b.Close()
		b.Wait()
	})
}

// Calls to a server that hangs may hold all slots. The server of those that wait for one has not been asked.
func TestBreakerLearnsNothingFromCallsWithoutASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimitedTo(2)
		on := func(server string, run func(context.Context) (string, error)) error {
			_, err := calls.Task[string]{Op: ctxcache.OpGet, Server: server, Run: run}.Do(t.Context(), b)
			return err
		}
		hang := make(chan struct{})
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() { _ = on("hung", stuck(hang)) })
		}
		synctest.Wait()
		for range 3 {
			err := on("healthy", func(context.Context) (string, error) {
				t.Error("there is a third slot")
				return "answer", nil
			})
			if !errors.Is(err, ctxcache.ErrTimeout) {
				t.Errorf("without a slot: %v", err)
			}
		}
		close(hang)
		synctest.Wait()
		for range 2 { // at a time
			all.Go(func() {
				if err := on("healthy", after(time.Millisecond)); err != nil {
					t.Errorf("the healthy server was not asked: %v", err)
				}
			})
		}
		all.Wait()
		b.Close()
		b.Wait()
	})
}

func TestServerThatHangsFailsItsOwnKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLimited()
		hang := make(chan struct{})
		read := func(_ context.Context, keys []string) (string, map[string]error, error) {
			switch keys[0] {
			case "hung":
				<-hang
			case "refused":
				return "", nil, errAnswer
			}
			return keys[0], map[string]error{"failed": errAnswer}, nil
		}
		parts := []calls.Part{{Keys: []string{"hung", "other"}}, {Keys: []string{"refused"}}, {Keys: []string{"good", "failed"}}}
		results, err := calls.Split(t.Context(), b, ctxcache.OpGetEntries, parts, read)
		if len(results) != 1 || results[0] != "good" {
			t.Errorf("results %q", results)
		}
		for key, want := range map[string]error{
			"hung": ctxcache.ErrTimeout, "other": ctxcache.ErrTimeout, "refused": errAnswer, "failed": errAnswer, "good": nil,
		} {
			if got := ctxcache.KeyError(err, key); !errors.Is(got, want) {
				t.Errorf("the error of %s: %v, want %v", key, got, want)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := calls.Split(ctx, b, ctxcache.OpGetEntries, parts, read); err != context.DeadlineExceeded {
			t.Errorf("after the deadline: %v", err)
		}
		close(hang)
		b.Close()
		b.Wait()
	})
}
