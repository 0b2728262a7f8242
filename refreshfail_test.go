package cached_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// Others still get the old value if a refresh can neither replace nor delete it, so the refresh must not succeed.
func TestFuncRefreshThatLeavesTheOldValueFails(t *testing.T) {
	ctx, down := t.Context(), errors.New("no replicas")
	for name, target := range map[string]cachetest.Target{
		"no change is allowed": cachetest.On(ctxcache.OpFill, ctxcache.OpDrop, ctxcache.OpDelete),
		"nothing works":        {},
	} {
		cache, faults := cachetest.Failing[string, string](memory.New(&memory.Options[string, string]{MaxEntries: 10}))
		if err := cache.Set(ctx, "ada", "old", time.Hour); err != nil {
			t.Fatal(err)
		}
		f := cached.Func(cache, func(context.Context, string) (string, error) { return "new", nil }, nil)
		faults.Fail(down, target)
		if value, err := f.Refresh(ctx, "ada"); !errors.Is(err, down) {
			t.Errorf("%s: Refresh returns %q, %v, want the failure of the cache", name, value, err)
		}
		faults.Heal()
		if value, err := f.Refresh(ctx, "ada"); value != "new" || err != nil {
			t.Errorf("%s: afterwards %q, %v", name, value, err)
		}
	}
}
