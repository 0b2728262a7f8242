package rediscache_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

func TestLoadThatIsSlowerThanItsLease(t *testing.T) {
	t.Parallel()
	client := redistest.Shared(t).Client(t)
	prefix := nextPrefix()
	node := func(load func(context.Context, string) ([]byte, error)) *cached.Function[string, []byte] {
		return cached.Func(newCache(t, client, &rediscache.Options{Prefix: prefix, LeaseTTL: renewed}), load, nil)
	}
	var loads atomic.Int32
	finish := make(chan struct{})
	slow := node(func(context.Context, string) ([]byte, error) {
		loads.Add(1)
		<-finish
		return []byte("slow"), nil
	})
	const callers = 3
	answers := make(chan string, callers)
	for range callers {
		go func() {
			value, err := slow.Get(t.Context(), "key")
			if err != nil {
				t.Error(err)
			}
			answers <- string(value)
		}()
	}
	await(t, "the marker was there", func() bool { return deadline(t, client, prefix+"key") != 0 })
	awaitRenewals(t, client, renewed, prefix+"key") // it has outlived itself

	other := node(func(context.Context, string) ([]byte, error) { return []byte("other"), nil })
	if value, err := other.Get(t.Context(), "key"); err != nil || string(value) != "other" {
		t.Errorf("another process gets %q, %v, though it may load for itself", value, err)
	}
	if deadline(t, client, prefix+"key") == 0 {
		t.Error("another process has stored, or ended the lease")
	}
	close(finish)
	for range callers {
		if value := <-answers; value != "slow" {
			t.Errorf("a caller got %q", value)
		}
	}
	if value, err := other.Get(t.Context(), "key"); err != nil || string(value) != "slow" {
		t.Errorf("stored is %q, %v", value, err)
	}
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads, of one lease", n)
	}
}
