package twolevel_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// channel is a source of the changes of a cache, whose events have keys of its own form.
type channel struct{ ctxcache.Source }

func (channel) OfCache() bool { return true }

func (channel) StoredKey(key any) any { return "on the channel: " + key.(string) }

func (c channel) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	return c.Source.Watch(ctx, func(e ctxcache.Event) {
		if e.Key != nil {
			e.Key = c.StoredKey(e.Key)
		}
		fn(e)
	})
}

// TestFollowOfACache checks that near drops what has changed in far, that far keeps it, and that Watch reports it.
func TestFollowOfACache(t *testing.T) {
	for name, source := range map[string]func(store intCache) ctxcache.Source{
		"far itself": func(store intCache) ctxcache.Source { return ctxcache.SourceOf(store) },
		"a channel":  func(store intCache) ctxcache.Source { return channel{ctxcache.SourceOf(store)} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newNear()
				far, near := newRemoteOf(store), newNear()
				c := following(t, near, far, twolevel.Options{Follow: source(store)})
				outer := follows(t, newNear(), intCache(c), nil)
				layertest.MustSet(t, store, "k", 1)
				synctest.Wait()
				layertest.WantValue(t, outer, "k", 1)
				layertest.WantValue(t, near, "k", 1)
				layertest.MustSet(t, store, "k", 2)
				synctest.Wait()
				wantMiss(t, near, "k")
				layertest.WantValue(t, store, "k", 2)
				layertest.WantValue(t, outer, "k", 2)
				if got, want := ctxcache.StoredKey(intCache(c), "k"), source(store).StoredKey("k"); got != want {
					t.Errorf("StoredKey = %v, want %v", got, want)
				}
			})
		})
	}
}

// TestSourceOf checks that a source of a cache has the events of the cache.
func TestSourceOf(t *testing.T) {
	if !ctxcache.OfCache(ctxcache.SourceOf(newNear())) || ctxcache.OfCache(changesOf(newNear())) {
		t.Error("OfCache takes one for the other")
	}
	source := ctxcache.SourceOf(newNear())
	if got := source.StoredKey("k"); got != "k" {
		t.Errorf("StoredKey = %v", got)
	}
	if got := source.StoredKey(1); got != nil {
		t.Errorf("StoredKey of another type = %v", got)
	}
}
