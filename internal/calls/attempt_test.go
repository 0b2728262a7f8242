package calls_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

func newAttempts(t *testing.T, limit time.Duration) *calls.Backend {
	b := calls.NewBackend(calls.About{
		Layer: "test", MaxCalls: 2, Timeouts: ctxcache.Timeouts{Read: limit, Write: limit},
		Unanswered: func(error) bool { return true },
		Discreet:   func(err error) error { return err },
	})
	t.Cleanup(func() {
		b.Close()
		b.Wait()
	})
	return b
}

// attempt begins an attempt, which must be allowed.
func attempt(t *testing.T, ctx context.Context, b *calls.Backend) calls.Attempt {
	t.Helper()
	a, ok := b.Attempt(ctx, ctxcache.OpGet, 0, time.Now())
	if !ok {
		t.Fatal("an attempt is not allowed")
	}
	return a
}

func TestAttemptsThatAreNotAllowed(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		limit time.Duration
		ctx   context.Context
		begin func(b *calls.Backend)
	}{
		"context is done":    {time.Second, done, func(*calls.Backend) {}},
		"nothing can end it": {ctxcache.NoExpiry, context.WithoutCancel(done), func(*calls.Backend) {}},
		"closed":             {time.Second, t.Context(), func(b *calls.Backend) { b.Close() }},
		"no slot is free": {time.Second, t.Context(), func(b *calls.Backend) {
			attempt(t, t.Context(), b)
			attempt(t, t.Context(), b)
		}},
		"no answers": {time.Second, t.Context(), func(b *calls.Backend) {
			for range 3 {
				a := attempt(t, t.Context(), b)
				a.TimedOut()
				a.Broken(t.Context())
			}
		}},
	} {
		b := newAttempts(t, c.limit)
		c.begin(b)
		if _, ok := b.Attempt(c.ctx, ctxcache.OpGet, 0, time.Now()); ok {
			t.Errorf("although %s, an attempt is allowed", name)
		}
	}
}

func TestEveryEndOfAnAttemptGivesTheSlotBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newAttempts(t, time.Second)
		for range 3 {
			a := attempt(t, t.Context(), b)
			a.Answered()
			a = attempt(t, t.Context(), b)
			a.Broken(t.Context())
			for _, err := range []error{nil, errors.New("broken"), os.ErrDeadlineExceeded} {
				a = attempt(t, t.Context(), b)
				a.Behind(t.Context(), func(time.Time) error { return err }, func(error) {})
				synctest.Wait()
			}
			a = attempt(t, t.Context(), b)
			a.Answered() // the server answers again
		}
		a := attempt(t, t.Context(), b)
		b.Close()
		ended := errors.New("not yet")
		a.Behind(t.Context(), func(time.Time) error { return nil }, func(err error) { ended = err })
		if ended != ctxcache.ErrClosed {
			t.Errorf("after Close: %v", ended)
		}
	})
}

// What is left of the limit counts for the Task that follows a broken attempt.
func TestLimitOfATaskAfterAnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newAttempts(t, time.Second)
		began := time.Now()
		a := attempt(t, t.Context(), b)
		time.Sleep(time.Second / 2)
		_, err := calls.Call(a.Broken(t.Context()), b, ctxcache.OpGet, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if took := time.Since(began); !errors.Is(err, ctxcache.ErrTimeout) || took != time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

// A caller leaves after 100 ms. Its call is counted as a call on a worker: by when the answer comes.
func TestAttemptWhoseCallerLeftIsCounted(t *testing.T) {
	for name, c := range map[string]struct {
		answer         time.Duration // after the call began
		timeouts, late uint64
		err            error
	}{
		"in time": {time.Second / 2, 0, 0, nil},
		"late":    {2 * time.Second, 1, 1, nil},
		"never":   {time.Hour, 1, 0, os.ErrDeadlineExceeded},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newAttempts(t, time.Second)
			began := time.Now()
			a := attempt(t, t.Context(), b)
			time.Sleep(100 * time.Millisecond)
			var ended error
			a.Behind(t.Context(), func(until time.Time) error {
				if answer := began.Add(c.answer); answer.Before(until) {
					time.Sleep(time.Until(answer))
					return nil
				}
				time.Sleep(time.Until(until))
				return os.ErrDeadlineExceeded
			}, func(err error) { ended = err })
			time.Sleep(time.Minute)
			synctest.Wait()
			stats := b.Counts.Stats("test")
			if stats.Timeouts != c.timeouts || stats.Late != c.late || ended != c.err {
				t.Errorf("%s: %d timeouts, %d late, %v", name, stats.Timeouts, stats.Late, ended)
			}
			if c.late > 0 && b.Counts.Slowest() != c.answer {
				t.Errorf("%s: the slowest answer took %v", name, b.Counts.Slowest())
			}
		})
	}
}
