package rediscache_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// late is a context that has not noticed yet that its deadline has passed. Its connection has.
type late struct {
	context.Context
	deadline time.Time
}

func (l late) Deadline() (time.Time, bool) { return l.deadline, true }

func TestDeadlineThatTheConnectionNoticesFirst(t *testing.T) {
	server := redistest.Start(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true, MaxRetries: -1})
	t.Cleanup(func() { must(t, client.Close()) })
	cache := newCache(t, client, &rediscache.Options{Prefix: "p:"})
	must(t, cache.Set(t.Context(), "held", []byte("value"), hour))
	server.Pause()
	defer server.Resume()
	for _, operation := range operations {
		ctx := late{context.WithoutCancel(t.Context()), time.Now().Add(20 * time.Millisecond)}
		if err := operation.Call(ctx, cache); err != context.DeadlineExceeded {
			t.Errorf("%s: got %v, want the bare %v", operation.Name, err, context.DeadlineExceeded)
		}
	}
}
