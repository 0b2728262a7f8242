package rediscache_test

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// troubled is a go-redis hook. The server cannot delete for a while, because it loads its data. Set decides how a SET ends.
type troubled struct {
	recorder
	set     func(next redis.ProcessHook) redis.ProcessHook
	loading atomic.Int32 // how many more deletions are answered so
}

func (h *troubled) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	set := h.set(next)
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "set" {
			return set(ctx, cmd)
		}
		return next(ctx, cmd)
	}
}

func (h *troubled) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if h.loading.Add(-1) < 0 {
			return next(ctx, cmds)
		}
		for _, cmd := range cmds {
			cmd.SetErr(answer("LOADING Redis is loading the dataset in memory"))
		}
		return cmds[0].Err()
	}
}

// A write fails, and the server cannot delete the key at once. Undo tries again until the outage has ended.
func TestFailedWriteIsTakenAwayAfterAnOutage(t *testing.T) {
	for name, c := range map[string]struct {
		set     func(next redis.ProcessHook) redis.ProcessHook
		loading int32
	}{
		"the outcome is not known": {
			func(next redis.ProcessHook) redis.ProcessHook {
				return func(ctx context.Context, cmd redis.Cmder) error {
					if err := next(ctx, cmd); err != nil {
						return err
					}
					cmd.SetErr(io.ErrUnexpectedEOF)
					return cmd.Err()
				}
			}, 3, // the deletion at once, the one after the timeouts of the client, and another
		},
		"the write was refused": {
			func(redis.ProcessHook) redis.ProcessHook {
				return func(_ context.Context, cmd redis.Cmder) error {
					cmd.SetErr(answer("OOM command not allowed when used memory > 'maxmemory'."))
					return cmd.Err()
				}
			}, 1, // the deletion by the same call
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, prefix, ctx := redistest.Shared(t), nextPrefix(), t.Context()
			const timeout = 100 * time.Millisecond
			client := redis.NewClient(&redis.Options{Addr: server.Addr, ReadTimeout: timeout, WriteTimeout: timeout, MaxRetries: -1})
			t.Cleanup(func() { must(t, client.Close()) })
			hook := &troubled{set: c.set}
			client.AddHook(hook)
			hook.loading.Store(c.loading)
			admin, stored := server.Client(t), prefix+"key"
			must(t, admin.Set(ctx, stored, "old", hour).Err())

			cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
			if err := cache.Set(ctx, "key", []byte("new"), hour); err == nil || errors.Is(err, ctxcache.ErrRefused) {
				t.Errorf("Set: %v, want an error other than %v", err, ctxcache.ErrRefused)
			}
			await(t, "the key is deleted", func() bool {
				n, err := admin.Exists(ctx, stored).Result()
				must(t, err)
				return n == 0
			})
			if left := hook.loading.Load(); left >= 0 {
				t.Errorf("%d deletions fewer met the outage than should", left)
			}
		})
	}
}
