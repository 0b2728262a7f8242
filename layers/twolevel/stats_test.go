package twolevel_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestStatsAreThereWhenNothingElseIs checks that the counters of both levels do not disappear while far is down, if the
// context is done, or after Close.
func TestStatsAreThereWhenNothingElseIs(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tc := range map[string]struct {
		ctx   context.Context
		down  bool
		close bool
		want  error
	}{
		"far is down":         {ctx: t.Context(), down: true, want: errFar},
		"the context is done": {ctx: done, want: context.Canceled},
		"closed":              {ctx: t.Context(), close: true, want: ctxcache.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			store, faults := cachetest.Failing(newNear())
			c := twolevel.New(layers.Stats(newNear(), "near"), layers.Stats(store, "far"), nil)
			layertest.MustSet(t, c, "k", 1)
			if tc.down {
				faults.Fail(errFar, cachetest.On())
			}
			if tc.close {
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
			}
			stats, err := ctxcache.GetStats(tc.ctx, ctxcache.Cache[string, int](c))
			if !errors.Is(err, tc.want) {
				t.Errorf("%v, want %v", err, tc.want)
			}
			if len(stats.Children) != 2 {
				t.Fatalf("the tree is\n%v\nwant both levels", stats)
			}
			for _, level := range stats.Children {
				if level.Writes != 1 {
					t.Errorf("%s has %d writes, want 1", level.Name, level.Writes)
				}
			}
		})
	}
}
