package calls_test

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// answer is what a call returns at once.
func answer(context.Context) (string, error) { return "answer", nil }

// stuck returns a call that hangs, whatever its context does, until the channel is closed.
func stuck(until <-chan struct{}) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		<-until
		return "late", nil
	}
}

// get makes a call whose caller expects that it may have to leave.
func get(ctx context.Context, b *calls.Backend, run func(context.Context) (string, error)) (string, error) {
	return calls.Call(ctx, b, ctxcache.OpGet, run)
}

func TestCallReturnsWhatTheServerAnswers(t *testing.T) {
	b := newBackend(nil)
	for name, ctx := range map[string]context.Context{
		"can end":    t.Context(),
		"cannot end": context.WithoutCancel(t.Context()),
	} {
		if got, err := get(ctx, b, answer); got != "answer" || err != nil {
			t.Errorf("a context that %s: %q, %v", name, got, err)
		}
		_, err := get(ctx, b, func(context.Context) (string, error) { return "", errAnswer })
		if !errors.Is(err, errAnswer) {
			t.Errorf("a context that %s: %v, want %v", name, err, errAnswer)
		}
	}
}

func TestCallerLeavesAndTheCallGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBackend(nil)
		until := make(chan struct{})
		var ended []string
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := calls.Task[string]{
				Op: ctxcache.OpGet, Run: stuck(until),
				Left: func() { ended = append(ended, "left") },
				Late: func(late string) { ended = append(ended, late) },
			}.Do(ctx, b)
			left <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-left; err != context.Canceled || !slices.Equal(ended, []string{"left"}) {
			t.Errorf("the caller left with %v, after %q", err, ended)
		}

		// The call that was left has the only slot.
		waiting, cancel := context.WithCancel(t.Context())
		go func() {
			_, err := get(waiting, b, answer)
			left <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-left; err != context.Canceled {
			t.Errorf("who waits for a slot left with %v", err)
		}

		close(until)
		synctest.Wait()
		if !slices.Equal(ended, []string{"left", "late"}) {
			t.Errorf("in the end %q", ended)
		}
		if got, err := get(t.Context(), b, answer); got != "answer" || err != nil {
			t.Errorf("with the slot free again: %q, %v", got, err)
		}
		b.Close()
	})
}

func TestCloseEndsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBackend(nil)
		until := make(chan struct{})
		left := make(chan error)
		for range 2 { // one runs, and one waits for its slot
			go func() {
				_, err := get(t.Context(), b, stuck(until))
				left <- err
			}()
		}
		synctest.Wait()
		if !b.Close() || b.Close() || !b.Closed() {
			t.Error("Close does not tell the first from the second")
		}
		for range 2 {
			if err := <-left; !errors.Is(err, ctxcache.ErrClosed) {
				t.Errorf("a caller left with %v", err)
			}
		}
		waited := false
		go func() {
			b.Wait()
			waited = true
		}()
		synctest.Wait()
		if waited {
			t.Error("Wait does not wait for the call")
		}
		close(until)
		synctest.Wait()
		if !waited {
			t.Error("Wait does not end with the call")
		}
		if _, err := get(t.Context(), b, answer); !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("a call after Close: %v", err)
		}
		b.Try(t.Context(), func(context.Context) { t.Error("Try runs after Close") })
		if b.Go(t.Context(), func(context.Context) {}) {
			t.Error("Go runs after Close")
		}
	})
}

func TestContextError(t *testing.T) {
	var timeout error = &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
	refused := errors.New("refused")
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	left, leave := context.WithCancel(t.Context())
	leave()
	for name, c := range map[string]struct {
		ctx       context.Context
		err, want error
	}{
		"no end":              {t.Context(), timeout, nil},
		"canceled":            {left, refused, context.Canceled},
		"over":                {late, refused, context.DeadlineExceeded},
		"timeout a bit early": {unaware{late}, timeout, context.DeadlineExceeded},
		"failure a bit early": {unaware{late}, refused, nil},
	} {
		if got := calls.ContextError(c.ctx, c.err); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// unaware is a context that does not know yet that its deadline has passed.
type unaware struct{ context.Context }

func (unaware) Err() error { return nil }

func TestGoroutinesEndWithTheGroup(t *testing.T) {
	group := calls.NewGroup(1)
	ended := make(chan error, 2)
	until := func(ctx context.Context) {
		<-ctx.Done()
		ended <- ctx.Err()
	}
	if !group.Go(t.Context(), until) {
		t.Error("Go does not run")
	}
	group.Try(t.Context(), until)
	group.Try(t.Context(), func(context.Context) { t.Error("Try runs without a slot") })
	group.Close()
	group.Wait()
	for range 2 {
		if err := <-ended; err != context.Canceled {
			t.Errorf("a goroutine ended with %v", err)
		}
	}
}
