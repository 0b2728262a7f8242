package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/redis/go-redis/v9/logging"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
	"github.com/ctxcache/cached/tracing"
)

const (
	// prefix separates this program's keys from the keys of other programs in a shared Redis. The number is the version
	// of facts. If you change the meaning of facts, change the number: the program then does not read old facts any
	// more.
	prefix = "quickstart:1:"

	// ttl is how long facts live, also in the far store: a second run within this time starts warm.
	ttl = time.Hour

	// dialPatience is how long the program waits for a server at the start, callPatience how long a call waits for it
	// later, and endPatience how long the program waits after the user ended it. A program that serves users would not
	// wait so long for a cache.
	dialPatience = 5 * time.Second
	callPatience = time.Minute
	endPatience  = time.Second
)

// stack is the cached function and the caches under it.
type stack struct {
	files  *cached.Function[string, facts]
	server io.Closer // nil if the far store is in memory
}

// newStack builds, from the bottom up:
//
//	files      a cached function: one load per file, however many ask
//	two-level  near in front of far
//	near       facts in memory
//	far        facts as JSON, under a prefix, in a store in memory or in Redis
//
// It calls onFailure when a cache fails. Only Redis can fail here.
func newStack(ctx context.Context, set *settings, files *corpus, watch *watch, onFailure func(error)) (*stack, error) {
	traced := &tracing.Options{TracerProvider: watch.provider}
	s := &stack{}

	storeName := "in-memory"
	var store ctxcache.Cache[string, []byte] = memory.New(&memory.Options[string, []byte]{MaxEntries: memory.Unbounded})
	if set.redis != "" {
		server, err := openRedis(ctx, set.redis)
		if err != nil {
			return nil, err
		}
		storeName, store, s.server = "redis", server, server
	}
	store = tracing.Traced(store, storeName, traced)

	far := layers.Encoded(layers.Prefixed(store, prefix), layers.JSON[facts]{}, nil)
	far = tracing.Traced(layers.Stats(far, "far"), "far", traced)

	near := layers.Stats(memory.New(&memory.Options[string, facts]{MaxEntries: nearEntries(set, files)}), "near")
	near = tracing.Traced(near, "near", traced)

	both := twolevel.New(near, far, nil)
	s.files = cached.Func(tracing.Traced(both, "two-level", traced), files.scan, &cached.Options{
		TTL:      ttl,
		MaxLoads: runtime.GOMAXPROCS(0), // a load keeps a CPU busy, so more loads at a time would only wait
		// By default, a request loads the value if a cache fails. Here the user should see that the server is down.
		Strict:       true,
		OnCacheError: func(_ context.Context, err error) { onFailure(err) },
		Tracer:       tracing.Loads("files", traced),
	})
	return s, nil
}

func nearEntries(set *settings, files *corpus) int {
	if set.near > 0 {
		return set.near
	}
	return max(len(files.files)/2, 1)
}

// openRedis returns the cache in the Redis at url. It returns an error if that server does not answer.
func openRedis(ctx context.Context, url string) (*rediscache.Cache, error) {
	logging.Disable() // failures are returned as errors; the client would also log them, into the progress line
	server, err := rediscache.Open(url, &rediscache.Options{ReadTimeout: callPatience, WriteTimeout: callPatience})
	if err != nil {
		return nil, fmt.Errorf("-redis: %w", err)
	}
	asking, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	if _, err := server.Contains(asking, prefix); err != nil {
		if ctx.Err() != nil {
			err = errInterrupted
		}
		return nil, errors.Join(fmt.Errorf("-redis: the server does not answer: %w", err), server.Close())
	}
	return server, nil
}

// close waits for loads that still run, and closes everything that newStack opened, outermost first.
func (s *stack) close() error {
	// Not the context of the program, because this must also be done after an interrupt.
	ctx, cancel := context.WithTimeout(context.Background(), endPatience)
	defer cancel()
	err := s.files.Close(ctx)
	if s.server != nil {
		err = errors.Join(err, s.server.Close())
	}
	return err
}
