package rediscache_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// gate is a go-redis hook that holds every GET back until so many are to be sent.
type gate struct {
	recorder
	missing atomic.Int32
	open    chan struct{}
}

func (g *gate) pass(cmds ...redis.Cmder) {
	g.add(cmds...)
	if cmds[0].Name() != "get" {
		return
	}
	if g.missing.Add(-int32(len(cmds))) == 0 {
		close(g.open)
	}
	<-g.open
}

func (g *gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		g.pass(cmd)
		return next(ctx, cmd)
	}
}

func (g *gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		g.pass(cmds...)
		return next(ctx, cmds)
	}
}

// Gets that share a round trip also share the one that finds out what keys are that are not strings.
func TestSharedGetsOfNegativeEntriesTakeOneMoreRoundTrip(t *testing.T) {
	for name, plain := range map[string]bool{"scripts": false, "plain": true} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Shared(t)
			direct, ctx, prefix := server.Client(t), t.Context(), nextPrefix()
			wants := make(map[string]error) // of keys
			for i := range 18 {
				for kind, want := range map[string]error{
					"\x00N": ctxcache.ErrNotFound, "\x00L": ctxcache.ErrMiss, "other": ctxcache.ErrCorrupt,
				} {
					key := fmt.Sprint(kind, i)
					wants[key] = want
					must(t, direct.HSet(ctx, prefix+key, kind, "").Err())
				}
				key := fmt.Sprint("held", i)
				wants[key] = nil
				must(t, direct.Set(ctx, prefix+key, key, hour).Err())
			}
			const times = 2 // for each key, at the same time
			g := &gate{open: make(chan struct{})}
			g.missing.Store(int32(times * len(wants)))
			client := server.Client(t)
			// Without a limit, Gets would share nothing.
			options := &rediscache.Options{Prefix: prefix, Plain: plain, ReadTimeout: redistest.Patience}
			cache := newCache(t, client, options)
			if _, err := cache.Get(ctx, "\x00N0"); err != ctxcache.ErrNotFound { // now the server knows the script
				t.Fatal(err)
			}
			client.AddHook(g)
			var all sync.WaitGroup
			for key, want := range wants {
				for range times {
					all.Go(func() {
						value, err := cache.Get(ctx, key)
						if !errors.Is(err, want) || want == nil && string(value) != key {
							t.Errorf("%q: %q, %v, want %v", key, value, err, want)
						}
					})
				}
			}
			all.Wait()
			counts := make(map[string]int) // of round trips, by what they send
			for _, trip := range g.take() {
				counts[trip]++
			}
			gets := counts["get"]
			if gets >= times*len(wants) {
				t.Errorf("no Gets have shared a round trip, so the test is void")
			}
			// Without scripts, a cache takes a second look at a key that it did not write.
			if more := counts["evalsha"] + counts["hmget pttl get"]/2; more > gets {
				t.Errorf("%d round trips with GETs, and %d more: %v", gets, more, counts)
			}
		})
	}
}
