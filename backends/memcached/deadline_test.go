package memcached_test

import (
	"context"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// late is a context that has not yet noticed that its deadline has passed. The client's timeout has noticed.
type late struct {
	context.Context
	deadline time.Time
}

func (l late) Deadline() (time.Time, bool) { return l.deadline, true }

func TestDeadlineThatTheConnectionNoticesFirst(t *testing.T) {
	server := memcachedtest.Start(t)
	cache := newCache(t, server, &memcached.Options{Prefix: "p:", Timeout: 20 * time.Millisecond})
	patient := newCache(t, server, &memcached.Options{Prefix: "p:", Timeout: patiently})
	must(t, patient.Set(t.Context(), "held", []byte("value"), hour))
	server.Pause()
	defer server.Resume()
	for _, operation := range operations() {
		ctx := late{context.WithoutCancel(t.Context()), time.Now()}
		if err := operation.Call(ctx, cache); err != context.DeadlineExceeded {
			t.Errorf("%s: got %v, want the bare %v", operation.Name, err, context.DeadlineExceeded)
		}
	}
}
