package calls_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// recovered returns the value that fn panics with, or nil. It reports whether fn ended its goroutine.
func recovered(fn func()) (value any, exited bool) {
	type ending struct {
		value  any
		exited bool
	}
	ended := make(chan ending)
	go func() {
		exited := true
		defer func() {
			value := recover()
			ended <- ending{value, exited && value == nil}
		}()
		fn()
		exited = false
	}()
	e := <-ended
	return e.value, e.exited
}

func TestPanicReachesTheCaller(t *testing.T) {
	b := newBackend(nil)
	oops := errors.New("oops")
	for name, ctx := range map[string]context.Context{
		"can end":    t.Context(),
		"cannot end": context.WithoutCancel(t.Context()),
	} {
		value, _ := recovered(func() {
			_, _ = get(ctx, b, func(context.Context) (string, error) { panic(oops) })
		})
		if value != oops {
			t.Errorf("a context that %s: the caller panics with %v, want %v", name, value, oops)
		}
		_, exited := recovered(func() {
			_, _ = get(ctx, b, func(context.Context) (string, error) {
				runtime.Goexit()
				return "", nil
			})
		})
		if !exited {
			t.Errorf("a context that %s: the caller's goroutine goes on", name)
		}
		// The slot is free again.
		if got, err := get(ctx, b, answer); got != "answer" || err != nil {
			t.Errorf("a context that %s: then %q, %v", name, got, err)
		}
	}
	b.Close()
	b.Wait()
	if err := b.Panicked(); err != nil {
		t.Errorf("Panicked: %v", err)
	}
}

func TestPanicAfterTheCallerHasLeft(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":  func() { panic("secret oops") },
		"Goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBackend(nil)
				until := make(chan struct{})
				ctx, cancel := context.WithCancel(t.Context())
				left := make(chan error)
				go func() {
					_, err := calls.Task[int]{
						Op: ctxcache.OpGet,
						Run: func(context.Context) (int, error) {
							<-until
							end()
							return 0, nil
						},
						Late: func(int) { t.Error("there is no late result") },
					}.Do(ctx, b)
					left <- err
				}()
				synctest.Wait()
				cancel()
				if err := <-left; err != context.Canceled {
					t.Errorf("the caller left with %v", err)
				}
				close(until)
				if got, err := get(t.Context(), b, answer); got != "answer" || err != nil {
					t.Errorf("the next call: %q, %v", got, err)
				}
				b.Close()
				b.Wait()
				err := b.Panicked()
				if name == "Goexit" {
					if err != nil {
						t.Errorf("Panicked: %v", err)
					}
					return
				}
				if err == nil || strings.Contains(err.Error(), "secret") {
					t.Fatalf("Panicked: %v, want an error that does not show the panic's value", err)
				}
				if cause := errors.Unwrap(err).Error(); !strings.Contains(cause, "secret oops") ||
					!strings.Contains(cause, "TestPanicAfterTheCallerHasLeft") {
					t.Errorf("the cause shows neither value nor stack: %s", cause)
				}
				if err := b.Panicked(); err != nil {
					t.Errorf("the second time: %v", err)
				}
			})
		})
	}
}

func TestPanicOfAGoroutineOfTheGroup(t *testing.T) {
	group := calls.NewGroup(1)
	group.Go(t.Context(), func(context.Context) { panic("oops") })
	group.Wait()
	if group.Panicked() == nil {
		t.Error("Panicked returns nil after a panic of Go")
	}
	group.Try(t.Context(), func(context.Context) { panic("oops") })
	group.Wait()
	if group.Panicked() == nil {
		t.Error("Panicked returns nil after a panic of Try")
	}
	group.Try(t.Context(), func(context.Context) {}) // the slot is free again
	group.Wait()
	group.Close()
}

func TestTogether(t *testing.T) {
	oops := errors.New("oops")
	for name, c := range map[string]struct {
		end    func()
		value  any
		exited bool
	}{
		"return": {func() {}, nil, false},
		"panic":  {func() { panic(oops) }, oops, false},
		"Goexit": {runtime.Goexit, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			first, others := make(chan struct{}), make(chan struct{}, 2)
			value, exited := recovered(func() {
				var all calls.Together
				all.Go(func() {
					<-first // so that they run at the same time
					c.end()
				})
				for range 2 {
					all.Go(func() { others <- struct{}{} })
				}
				close(first)
				all.Wait()
			})
			if value != c.value || exited != c.exited {
				t.Errorf("Wait panics with %v, and ends its goroutine: %v", value, exited)
			}
			if len(others) != 2 {
				t.Errorf("Wait has waited for %d of 2 others", len(others))
			}
		})
	}
}
