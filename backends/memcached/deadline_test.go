package memcached_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// late is a context that has not noticed yet that its deadline has passed. The timeout of the client has.
type late struct {
	context.Context
	deadline time.Time
}

func (l late) Deadline() (time.Time, bool) { return l.deadline, true }

func TestDeadlineThatTheConnectionNoticesFirst(t *testing.T) {
	server := memcachedtest.Start(t)
	cache := newCache(t, server, &memcached.Options{Prefix: "p:", Timeout: 20 * time.Millisecond})
	must(t, cache.Set(t.Context(), "held", []byte("value"), hour))
	server.Pause()
	defer server.Resume()
	for _, operation := range operations() {
		ctx := late{context.WithoutCancel(t.Context()), time.Now()}
		if err := operation.call(ctx, cache); err != context.DeadlineExceeded {
			t.Errorf("%s: got %v, want the bare %v", operation.name, err, context.DeadlineExceeded)
		}
	}
}
