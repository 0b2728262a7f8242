package twolevel_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestResilientJoinedErrors checks that an error that far joins with a ManyError counts for the keys that this one does not
// name: an outage is hidden, and its keys are listed; anything else reaches the caller.
func TestResilientJoinedErrors(t *testing.T) {
	for name, test := range map[string]struct {
		other  error
		missed int64
		want   error
	}{
		"two outages":             {errors.New("the second server is down"), 2, nil},
		"an outage and a refusal": {ctxcache.ErrRefused, 1, ctxcache.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			many := &ctxcache.ManyError[string]{Failed: map[string]error{"a": errFar}}
			far := cachetest.Hooked(newNear(), cachetest.Hook[string]{Before: func(_ context.Context, call cachetest.Call[string]) error {
				switch call.Operation {
				case ctxcache.OpGetEntries, ctxcache.OpDeleteMany:
					return errors.Join(many, test.other)
				}
				return nil
			}})
			c := twolevel.New(newNear(), far, &twolevel.Options{Resilient: true})
			defer c.Close()
			keys := []string{"a", "b"}
			if _, err := ctxcache.GetEntries(t.Context(), c, keys); !errors.Is(ctxcache.KeyError(err, "b"), test.want) {
				t.Errorf("GetEntries = %v, want %v for b", err, test.want)
			}
			if err := ctxcache.DeleteMany(t.Context(), c, keys); !errors.Is(ctxcache.KeyError(err, "b"), test.want) {
				t.Errorf("DeleteMany = %v, want %v for b", err, test.want)
			}
			wantMissed(t, c, test.missed)
		})
	}
}
