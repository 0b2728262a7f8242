package ctxcache_test

import (
	"context"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

func TestGetManyNeverReturnsANilMap(t *testing.T) {
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]ctxcache.Cache[string, string]{
		"memory": memory.New[string, string](nil), "mapped": loud(valuer{newGetter()}), "observed": watch(newGetter()),
	} {
		if values, err := ctxcache.GetMany(done, c, []string{"k"}); values == nil || err != context.Canceled {
			t.Errorf("%s: %v, %v", name, values, err)
		}
	}
}
