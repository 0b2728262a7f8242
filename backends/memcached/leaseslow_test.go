package memcached_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestLoadThatIsSlowerThanItsLease(t *testing.T) {
	t.Parallel()
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	client := newClient(t, server)
	node := func(load func(context.Context, string) ([]byte, error)) *cached.Function[string, []byte] {
		return cached.Func(newCache(t, server, &memcached.Options{Prefix: prefix, LeaseTTL: renewed}), load, nil)
	}
	marked := func() bool {
		item, err := client.Get(prefix + "key")
		return err == nil && item.Flags == markerFlags
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
	await(t, "the marker was there", marked)
	must(t, client.Set(&memcache.Item{Key: prefix + "clock", Expiration: 2 + int32(renewed/time.Second)})) // expires later than a marker that is not renewed
	await(t, "the time of the marker was over", func() bool {
		return second(client.Get(prefix+"clock")) == memcache.ErrCacheMiss
	})

	other := node(func(context.Context, string) ([]byte, error) { return []byte("other"), nil })
	if value, err := other.Get(t.Context(), "key"); err != nil || string(value) != "other" {
		t.Errorf("another process, which loads for itself, gets %q, %v", value, err)
	}
	if !marked() {
		t.Error("another process has stored a value or ended the lease")
	}
	close(finish)
	for range callers {
		if value := <-answers; value != "slow" {
			t.Errorf("a caller got %q", value)
		}
	}
	if value, err := other.Get(t.Context(), "key"); err != nil || string(value) != "slow" {
		t.Errorf("the cache has %q, %v, want the slow load's value", value, err)
	}
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads ran, want 1", n)
	}
}
