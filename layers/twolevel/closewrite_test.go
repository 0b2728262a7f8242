package twolevel_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// TestWriteThatEndsAfterClose checks that a caller hears of a write that far misses after Close: nothing replays it, and
// no ErrMissed counts it.
func TestWriteThatEndsAfterClose(t *testing.T) {
	type write func(ctx context.Context, c intCache) error
	ways := make(map[string]func(lease ctxcache.Lease) write)
	for name, change := range changes {
		ways[name] = func(ctxcache.Lease) write { return change }
	}
	for name, many := range map[string]bool{"Fill": false, "FillMany": true} {
		ways[name] = func(lease ctxcache.Lease) write {
			return func(_ context.Context, c intCache) error { return fill(t, c, lease, many) }
		}
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			l, told := newResilient()
			waiting := l.farStall.Stall(cachetest.On(
				ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpSetEntries, ctxcache.OpFill, ctxcache.OpFillMany,
				ctxcache.OpDelete, ctxcache.OpDeleteMany, ctxcache.OpRemove, ctxcache.OpClear).First(1))
			write := way(mustLease(t, l.cache, "k", 0))
			done := make(chan error, 1)
			go func() { done <- write(t.Context(), l.cache) }()
			<-waiting.Arrived()
			wantClose(t, l.cache)
			l.farFault.Fail(errFar, cachetest.On())
			waiting.Release()
			if err := <-done; !errors.Is(err, errFar) {
				t.Errorf("%v, want far's error", err)
			}
			if errs := told.take(); len(errs) != 1 || !errors.Is(errs[0], errFar) {
				t.Errorf("OnFarError got %v, want far's error", errs)
			}
		})
	}
}
