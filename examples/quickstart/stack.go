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
	"github.com/ctxcache/cached/tracing"
)

const (
	// prefix keeps this program's keys apart from those of others in a shared Redis. The number is the version
	// of facts: who changes what they mean changes it, and old ones are not read any more.
	prefix = "quickstart:1:"

	// ttl is how long facts live, in the far store too: a second run within this time starts warm.
	ttl = time.Hour

	// dialPatience and endPatience are how long to wait for a server, at the beginning, and when the user wants
	// the program to end.
	dialPatience = 5 * time.Second
	endPatience  = time.Second
)

// stack is the cached function with all that is under it.
type stack struct {
	files  *cached.Function[string, facts]
	server io.Closer // nil: embedded
}

// newStack builds, from the bottom up:
//
//	files      a cached function: one load per file, however many ask
//	two-level  near in front of far
//	near       facts in memory
//	far        facts as JSON, under a prefix, in the embedded store or in Redis
//
// It calls onFailure when a cache fails, which only Redis does.
func newStack(ctx context.Context, set *settings, files *corpus, watch *watch, onFailure func(error)) (*stack, error) {
	traced := &tracing.Options{TracerProvider: watch.provider}
	s := &stack{}

	storeName := "embedded"
	var store ctxcache.Cache[string, []byte] = memory.New[string, []byte](nil)
	if set.redis != "" {
		server, err := openRedis(ctx, set.redis)
		if err != nil {
			return nil, err
		}
		storeName, store, s.server = "redis", server, server
	}
	store = tracing.Traced(store, storeName, traced)

	far := layers.Encoded(layers.Prefixed(store, prefix), layers.JSON[facts]{})
	far = tracing.Traced(layers.Stats(far, "far"), "far", traced)

	near := layers.Stats(memory.New(&memory.Options[string, facts]{MaxEntries: nearEntries(set, files)}), "near")
	near = tracing.Traced(near, "near", traced)

	both := layers.TwoLevel(near, far, nil)
	s.files = cached.Func(tracing.Traced(both, "two-level", traced), files.scan, &cached.Options{
		TTL:      ttl,
		MaxLoads: runtime.GOMAXPROCS(0), // loads keep a CPU busy; more at a time would only wait for each other
		OnCacheError: func(_ context.Context, err error) error {
			// By default such a request goes on, and loads what a cache could not give. Here someone watches,
			// who rather wants to know that the server is gone.
			onFailure(err)
			return err
		},
		Tracer: tracing.Loads("files", traced),
	})
	return s, nil
}

func nearEntries(set *settings, files *corpus) int {
	if set.near > 0 {
		return set.near
	}
	return max(len(files.files)/2, 1)
}

// openRedis returns the cache in the Redis at url, if that answers.
func openRedis(ctx context.Context, url string) (*rediscache.Cache, error) {
	logging.Disable() // what fails comes back as an error; the client would also log it, into the progress line
	server, err := rediscache.Open(url, nil)
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

// close waits for loads that still run, and closes what newStack opened, outermost first.
func (s *stack) close() error {
	// After an interrupt there is still this to do.
	ctx, cancel := context.WithTimeout(context.Background(), endPatience)
	defer cancel()
	err := s.files.Close(ctx)
	if s.server != nil {
		err = errors.Join(err, s.server.Close())
	}
	return err
}
