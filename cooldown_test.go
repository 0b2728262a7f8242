package cached_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

func TestFuncErrorCooldown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("source down")
		s := newOrigin("k", "v")
		s.fail(down)
		f := cached.Func(newMemory(), s.load, &cached.Options{ErrorCooldown: time.Second})
		failed := time.Now()
		_, err := f.Get(t.Context(), "k")
		if _, cooling := errors.AsType[*cached.CooldownError](err); cooling || !errors.Is(err, down) {
			t.Errorf("the first error: %v", err)
		}
		for range 10 {
			_, err = f.Get(t.Context(), "k")
			cooling, ok := errors.AsType[*cached.CooldownError](err)
			if !ok || !errors.Is(err, down) || !cooling.Next.Equal(failed.Add(time.Second)) {
				t.Fatalf("in the cooldown: %v", err)
			}
		}
		if _, err := f.Get(t.Context(), "other"); !errors.Is(err, down) { // each key cools down by itself
			t.Error(err)
		}
		s.expect(t, 2)
		time.Sleep(time.Second - 1)
		expectGet(t, f, "", down)
		s.expect(t, 2)
		time.Sleep(time.Nanosecond)
		expectGet(t, f, "", down)
		s.expect(t, 3)

		for wait := time.Second; wait <= 32*time.Second; wait *= 2 { // each further wait is between this and twice as long
			time.Sleep(wait - 1)
			before := s.count()
			expectGet(t, f, "", down)
			if s.count() != before {
				t.Fatalf("the source was asked before %v", wait)
			}
			time.Sleep(wait + 1)
			expectGet(t, f, "", down)
			if s.count() != before+1 {
				t.Fatalf("the source was not asked after %v", 2*wait)
			}
		}
		s.fail(nil)
		time.Sleep(64 * time.Second)
		expectGet(t, f, "v", nil)
	})
}

// A cooldown ends early if a caller says that the source may answer now.
func TestFuncCooldownEnds(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context, f *cached.Function[string, string]) error{
		"Delete": func(ctx context.Context, f *cached.Function[string, string]) error {
			_, err := f.Delete(ctx, "k")
			return err
		},
		"DeleteMany": func(ctx context.Context, f *cached.Function[string, string]) error {
			return f.DeleteMany(ctx, []string{"k"})
		},
		"Clear": func(ctx context.Context, f *cached.Function[string, string]) error { return f.Clear(ctx) },
		"ClearIn": func(ctx context.Context, f *cached.Function[string, string]) error {
			return f.ClearIn(ctx, ctxcache.Scope[string]{Prefix: "k"})
		},
		"Refresh": func(ctx context.Context, f *cached.Function[string, string]) error {
			_, err := f.Refresh(ctx, "k")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			down := errors.New("source down")
			s := newOrigin("k", "v")
			s.fail(down)
			f := cached.Func(newMemory(), s.load, &cached.Options{ErrorCooldown: time.Hour})
			for range 2 {
				value, err := f.Get(t.Context(), "k")
				expect(t, value, err, "", down)
			}
			s.expect(t, 1)
			s.fail(nil)
			if err := end(t.Context(), f); err != nil {
				t.Fatal(err)
			}
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "v", nil)
		})
	}
}

// The end of a context, and that there is no such thing, are not failures of the source.
func TestFuncErrorsThatDoNotCool(t *testing.T) {
	for _, err := range []error{context.Canceled, context.DeadlineExceeded, ctxcache.ErrNotFound} {
		s := newOrigin("k", "v")
		s.fail(err)
		f := cached.Func(newMemory(), s.load, &cached.Options{ErrorCooldown: time.Hour})
		for range 2 {
			value, got := f.Get(t.Context(), "k")
			expect(t, value, got, "", err)
		}
		s.expect(t, 2)
	}
}

// A loader that panics, or exits its goroutine, or takes too long, has failed.
func TestFuncPanicsCool(t *testing.T) {
	for name, fail := range map[string]func(ctx context.Context){
		"panic":   func(context.Context) { panic("bug") },
		"exit":    func(context.Context) { runtime.Goexit() },
		"timeout": func(ctx context.Context) { <-ctx.Done() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				var heard hearing
				f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
					calls.Add(1)
					fail(ctx)
					return "", ctx.Err()
				}, &cached.Options{ErrorCooldown: time.Hour, LoadTimeout: time.Second, OnLoadError: heard.hear})
				_, first := f.Get(t.Context(), "k")
				_, second := f.Get(t.Context(), "k")
				_, cooling := errors.AsType[*cached.CooldownError](second)
				if first == nil || !cooling || !strings.Contains(second.Error(), first.Error()) || calls.Load() != 1 || len(heard.all()) != 1 {
					t.Errorf("%v, then %v, after %d calls; heard %v", first, second, calls.Load(), heard.all())
				}
				if stats, err := f.Stats(t.Context()); stats.LoadErrors != 1 || err != nil {
					t.Errorf("%d failed loads counted, %v", stats.LoadErrors, err)
				}
			})
		})
	}
}
