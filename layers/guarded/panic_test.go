package guarded_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/guarded"
)

// A panic in the store, or the end of its goroutine, is a failure, and goes on to the caller.
func TestPanicsCount(t *testing.T) {
	for name, end := range map[string]func(){
		"panic":  func() { panic("broken") },
		"Goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			var breaks bool
			store := cachetest.Hooked(memory.New[string, string](nil), cachetest.Hook[string]{
				Before: func(context.Context, cachetest.Call[string]) error {
					if breaks {
						breaks = false
						end()
					}
					return nil
				},
			})
			// With one place in the bulkhead, every later call fails if the place is lost.
			wantCountedOver(t, store, guarded.Options{MaxConcurrent: 1}, failed, func(t *testing.T, r *rig) {
				ended := make(chan any)
				breaks = true
				go func() {
					returned := false
					defer func() { // Goexit does not return, and there is nothing to recover
						if recovered := recover(); recovered != nil || returned {
							ended <- recovered
							return
						}
						ended <- "Goexit"
					}()
					_, _ = ctxcache.Contains(t.Context(), r.Cache, "a") // it does not return
					returned = true
				}()
				if how := <-ended; how == nil {
					t.Fatal("the call returned")
				}
			})
		})
	}
}

// If the store panics when the layer asks it before a write, the panic goes on to the writer, and the probe has failed.
func TestProbeOfAWriteThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := cachetest.Hooked(memory.New[string, string](nil), cachetest.Hook[string]{
			Before: func(_ context.Context, call cachetest.Call[string]) error {
				if call.Operation == ctxcache.OpContains {
					panic("broken")
				}
				return nil
			},
		})
		r := newRigOver(t, store, guarded.Options{MaxConcurrent: 1})
		r.halfOpen(t)
		func() {
			defer func() {
				if recover() != "broken" {
					t.Error("it does not panic")
				}
			}()
			_ = r.Set(t.Context(), "a", "2", time.Hour) // it panics
		}()
		r.wantAsked(t, ctxcache.OpContains)
		wantIs(t, r.reads(t, t.Context()), ctxcache.ErrUnavailable)
		untilProbe()
		must(t, r.reads(t, t.Context()))
	})
}

// The loop over Keys, and the match of a scope, are the caller's. If they panic, the store has not failed.
func TestPanicsOfCallersProveNothing(t *testing.T) {
	panics := func(call func()) {
		defer func() { _ = recover() }() // it is the test's own
		call()
	}
	scope := ctxcache.Scope[string]{Match: func(string) bool { panic("the caller's") }}
	for name, call := range map[string]func(ctx context.Context, c ctxcache.Cache[string, string]){
		"loop": func(ctx context.Context, c ctxcache.Cache[string, string]) {
			for range ctxcache.Keys(ctx, c) {
				panic("the caller's")
			}
		},
		"Keys": func(ctx context.Context, c ctxcache.Cache[string, string]) {
			for range ctxcache.KeysIn(ctx, c, scope) {
			}
		},
		"Len":   func(ctx context.Context, c ctxcache.Cache[string, string]) { _, _ = ctxcache.LenIn(ctx, c, scope) },
		"Clear": func(ctx context.Context, c ctxcache.Cache[string, string]) { _ = ctxcache.ClearIn(ctx, c, scope) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, guarded.Options{MaxConcurrent: 1})
			for range 2 * minCalls {
				panics(func() { call(t.Context(), r.Cache) })
			}
			r.wantState(t, 0)
			must(t, r.reads(t, t.Context()))
		})
	}
}
