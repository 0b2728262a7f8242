package memcached_test

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/remotetest"
)

// operations are a call of every method that talks to the servers and does not take a lease. They expect that "free" is
// absent and that "held" has a value.
func operations() []remotetest.Operation {
	return append([]remotetest.Operation{{
		Name: "ServerStats", Op: ctxcache.OpStats,
		Call: func(ctx context.Context, c remotetest.Cache) error { return second(c.(*cacheOfBytes).ServerStats(ctx)) },
	}}, remotetest.Memcached.Operations...)
}

// spenders are a call of every method that takes a lease. Those that fill store "secret value".
var spenders = remotetest.Spenders
