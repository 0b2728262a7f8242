package cached_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
)

// Requests with a deadline of a second fill the cache although a load takes longer.
func TestFuncLoadGoesOnWithoutCallers(t *testing.T) {
	for name, cache := range map[string]ctxcache.Cache[string, string]{
		"leases": newMemory(), "three methods": struct{ ctxcache.Cache[string, string] }{newMemory()},
	} {
		synctest.Test(t, func(t *testing.T) {
			var loads atomic.Int64
			f := cached.Func(cache, func(ctx context.Context, _ string) (string, error) {
				loads.Add(1)
				time.Sleep(1200 * time.Millisecond)
				return "v", ctx.Err()
			}, nil)
			for i := range 3 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				value, err := f.Get(ctx, "k")
				cancel()
				if i == 0 {
					expect(t, value, err, "", context.DeadlineExceeded)
				} else {
					expect(t, value, err, "v", nil)
				}
			}
			if loads.Load() != 1 {
				t.Errorf("%s: %d loads", name, loads.Load())
			}
		})
	}
}

func TestFuncCancelUnwanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cause error
		f := cached.Func(newMemory(), func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return "incomplete", nil
		}, &cached.Options{CancelUnwanted: true})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		value, err := f.Get(ctx, "k")
		expect(t, value, err, "", context.DeadlineExceeded)
		synctest.Wait()
		if cause == nil || errors.Is(cause, cached.ErrLoadTimeout) {
			t.Errorf("the load ended by %v", cause)
		}
		if has, err := f.Contains(t.Context(), "k"); has || err != nil {
			t.Errorf("stored: %v, %v", has, err)
		}
		if stats, err := f.Stats(t.Context()); stats.Unstored != (ctxcache.Unstored{Ended: 1}) || err != nil {
			t.Errorf("counted %+v, %v", stats, err)
		}
	})
}

// A load that waits for a slot has not asked the source, so it does not go on without callers: the queue would grow.
func TestFuncLoadThatWaitsForASlotEndsWithItsLastCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, g := newOrigin("queued", "v"), newGated()
		f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			if key == "holder" {
				return g.load(ctx)
			}
			return s.load(ctx, key)
		}, &cached.Options{MaxLoads: 1})
		holder := async(func() (string, error) { return f.Get(t.Context(), "holder") })
		<-g.began
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		value, err := f.Get(ctx, "queued")
		expect(t, value, err, "", context.DeadlineExceeded)
		g.release <- "h"
		<-holder
		synctest.Wait()
		s.expect(t, 0)
	})
}

// A lease lasts a minute by default, and longer if its load does.
func TestFuncStoresALoadLongerThanTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newOrigin("k", "report")
		f := cached.Func(newMemory(), func(ctx context.Context, key string) (string, error) {
			time.Sleep(61 * time.Second)
			return s.load(ctx, key)
		}, nil)
		for range 100 { // impatient callers all along
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, err := f.Get(ctx, "k")
			cancel()
			if err != nil && err != context.DeadlineExceeded {
				t.Error(err)
			}
		}
		value, err := f.Get(t.Context(), "k")
		expect(t, value, err, "report", nil)
		s.expect(t, 1)
	})
}
