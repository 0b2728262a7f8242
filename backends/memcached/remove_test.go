package memcached_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// TestPlainRemoveWithoutCAS: the answer to the delete says whether there was a value.
func TestPlainRemoveWithoutCAS(t *testing.T) {
	server := memcachedtest.Start(t, "-C")
	cache, client := newCache(t, server, &memcached.Options{Plain: true}), newClient(t, server)
	removes := func(what string, want bool) {
		t.Helper()
		if was, err := cache.Remove(t.Context(), "key"); err != nil || was != want {
			t.Errorf("Remove of %s: %v, %v, want %v", what, was, err, want)
		}
		if got, err := cache.Get(t.Context(), "key"); err != ctxcache.ErrMiss {
			t.Errorf("Get after Remove of %s: %q, %v", what, got, err)
		}
	}
	removes("nothing", false)
	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	removes("a value", true)
	removes("what was removed", false)
	must(t, cache.Set(t.Context(), "key", nil, hour))
	removes("an empty value", true)
	must(t, client.Set(&memcache.Item{Key: "key", Flags: negativeFlags}))
	removes("a negative entry of another cache", false)
	must(t, client.Set(&memcache.Item{Key: "key", Flags: markerFlags, Value: []byte("token")}))
	removes("a marker of another cache", false)

	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	var all sync.WaitGroup
	var removed atomic.Int32
	for range 20 {
		all.Go(func() {
			was, err := cache.Remove(t.Context(), "key")
			if err != nil {
				t.Error(err)
			}
			if was {
				removed.Add(1)
			}
		})
	}
	all.Wait()
	if n := removed.Load(); n != 1 {
		t.Errorf("%d of several concurrent calls of Remove report that there was a value, want 1", n)
	}
}

// TestPlainRemoveThatFindsNothing: another client removes the item between the gets and the delete.
func TestPlainRemoveThatFindsNothing(t *testing.T) {
	for answer, want := range map[string]bool{"DELETED": true, "NOT_FOUND": false} {
		server := newScripted(t, func(command, _ string) string {
			if command == "gets key" {
				return "VALUE key 0 3 0\r\nold\r\nEND\r\n"
			}
			return answer + "\r\n"
		})
		cache := newCacheOver(t, server, &memcached.Options{Plain: true})
		if was, err := cache.Remove(t.Context(), "key"); err != nil || was != want {
			t.Errorf("Remove, whose delete is answered %s: %v, %v, want %v", answer, was, err, want)
		}
	}
}
