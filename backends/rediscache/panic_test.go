package rediscache_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// broken is a go-redis hook that panics with oops once after on was set.
type broken struct {
	recorder
	oops any
	on   atomic.Bool
	hold chan struct{} // it waits for this first, unless it is nil
	seen chan struct{} // it is closed before that
}

func (b *broken) panics() {
	if !b.on.CompareAndSwap(true, false) {
		return
	}
	if b.hold != nil {
		close(b.seen)
		<-b.hold
	}
	panic(b.oops)
}

func (b *broken) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		b.panics()
		return next(ctx, cmd)
	}
}

func (b *broken) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		b.panics()
		return next(ctx, cmds)
	}
}

// panicsWith returns the value that fn panics with, or nil.
func panicsWith(fn func()) (value any) {
	defer func() { value = recover() }()
	fn()
	return nil
}

func TestPanicOfAHookReachesTheCaller(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	hook := &broken{oops: errors.New("oops")}
	client.AddHook(hook)
	for _, operation := range operations {
		cache := rediscache.New(client, patient(&rediscache.Options{Prefix: nextPrefix()}))
		hook.on.Store(true)
		if got := panicsWith(func() { _ = operation.Call(t.Context(), cache) }); got != hook.oops {
			t.Errorf("%s: the panic %v, want %v", operation.Name, got, hook.oops)
		}
		if err := operation.Call(t.Context(), cache); err != nil && err != ctxcache.ErrMiss {
			t.Errorf("%s after the panic: %v", operation.Name, err)
		}
		// A write that panicked is taken away behind. Close waits for that, so it does not meet the next panic.
		if err := cache.Close(); err != nil {
			t.Errorf("%s: Close: %v", operation.Name, err)
		}
	}
}

// A Watch of a channel asks questions behind its caller, which gets their panics all the same.
func TestPanicOfAHookReachesTheCallerOfWatch(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	hook := &broken{oops: errors.New("oops")}
	client.AddHook(hook)
	channel := rediscache.NewChannel(client, nextPrefix(), &rediscache.ChannelOptions{WatchTimeout: 300 * time.Millisecond})
	got := panicsWith(func() {
		err := channel.Watch(t.Context(), func(e ctxcache.Event) { hook.on.Store(e.Gap) })
		t.Errorf("Watch: %v", err)
	})
	if got != hook.oops {
		t.Errorf("the panic %v, want %v", got, hook.oops)
	}
}

func TestPanicWithoutItsCallerIsReportedByClose(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, cache *rediscache.Cache, hook *broken){
		"of a call that was left": func(t *testing.T, cache *rediscache.Cache, hook *broken) {
			hook.on.Store(true)
			ctx, cancel := context.WithCancel(t.Context())
			left := make(chan error)
			go func() { left <- cache.Delete(ctx, "key") }()
			<-hook.seen
			cancel()
			if err := <-left; err != context.Canceled {
				t.Errorf("the caller that left got %v", err)
			}
			close(hook.hold)
		},
		"of a renewal": func(t *testing.T, cache *rediscache.Cache, hook *broken) {
			absentLease(t, t.Context(), cache, "key")
			hook.on.Store(true)
			<-hook.seen
			close(hook.hold)
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := redistest.Shared(t).Client(t)
			cache := rediscache.New(client, &rediscache.Options{Prefix: nextPrefix(), LeaseTTL: 300 * time.Millisecond})
			hook := &broken{oops: "secret oops", hold: make(chan struct{}), seen: make(chan struct{})}
			client.AddHook(hook)
			leave(t, cache, hook)
			err := cache.Close()
			if fails(t, err, ctxcache.OpClose); strings.Contains(err.Error(), "secret") {
				t.Errorf("the message shows the panic's value: %v", err)
			}
			must(t, cache.Close())
		})
	}
}
