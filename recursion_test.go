package cached_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
)

// A goroutine that the loader does not wait for asks for the key of the load, before or after that has ended. It is a
// caller like any other.
func TestFuncGoroutineThatTheLoaderDoesNotWaitFor(t *testing.T) {
	for _, wait := range []time.Duration{0, 500 * time.Millisecond, 2 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			background := make(chan result, 1)
			var once sync.Once
			var f *cached.Function[string, string]
			f = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
				outliving := context.WithoutCancel(ctx)
				once.Do(func() {
					go func() {
						time.Sleep(wait)
						value, err := f.Get(outliving, key)
						background <- result{value: value, err: err}
					}()
				})
				time.Sleep(time.Second)
				return "v", nil
			}, nil)
			value, err := f.Get(t.Context(), "k")
			expect(t, value, err, "v", nil)
			r := <-background
			expect(t, r.value, r.err, "v", nil)
		})
	}
}

// Its wait closes no circle for others either: b asks for a while a goroutine of a, which nobody waits for, asks for b.
func TestFuncGoroutineThatNobodyWaitsForClosesNoCircle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		background := make(chan result, 1)
		var f *cached.Function[string, string]
		f = cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			if key == "b" {
				time.Sleep(time.Second)
				return f.Get(ctx, "a")
			}
			outliving := context.WithoutCancel(ctx)
			go func() {
				value, err := f.Get(outliving, "b")
				background <- result{value: value, err: err}
			}()
			time.Sleep(2 * time.Second)
			return "v", nil
		}, nil)
		value, err := f.Get(t.Context(), "a")
		expect(t, value, err, "v", nil)
		r := <-background
		expect(t, r.value, r.err, "v", nil)
	})
}

// The load's own goroutine waits for itself, whatever context it uses. So does a goroutine with the load's context.
func TestFuncRecursionIsFoundWhateverTheContext(t *testing.T) {
	for name, again := range map[string]func(f *cached.Function[string, string], ctx context.Context) (string, error){
		"without cancellation": func(f *cached.Function[string, string], ctx context.Context) (string, error) {
			return f.Get(context.WithoutCancel(ctx), "k")
		},
		"with a deadline": func(f *cached.Function[string, string], ctx context.Context) (string, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			return f.Get(ctx, "k")
		},
		"on another goroutine": func(f *cached.Function[string, string], ctx context.Context) (string, error) {
			r := <-async(func() (string, error) { return f.Get(ctx, "k") })
			return r.value, r.err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var f *cached.Function[string, string]
				f = cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) { return again(f, ctx) }, nil)
				begin := time.Now()
				_, err := f.Get(t.Context(), "k")
				if !errors.Is(err, cached.ErrRecursiveLoad) || time.Since(begin) != 0 {
					t.Errorf("%v after %v", err, time.Since(begin))
				}
			})
		})
	}
}
