package rediscache_test

import (
	"context"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

// startHearing starts a Watch of a source that ends with the test.
func startHearing(t testing.TB, source ctxcache.Source) *follower {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &follower{t: t, cancel: cancel, events: make(chan ctxcache.Event, 10_000), ended: make(chan error, 1)}
	go func() {
		f.ended <- source.Watch(ctx, func(e ctxcache.Event) { f.events <- e })
	}()
	t.Cleanup(f.stop)
	return f
}
