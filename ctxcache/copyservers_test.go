package ctxcache_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
	"github.com/ctxcache/cached/internal/remotetest"
	"github.com/ctxcache/cached/layers"
)

// From memory to Redis, and from there to Memcached: lives become shorter on the way, and never longer.
func TestCopyFromServerToServer(t *testing.T) {
	if testing.Short() {
		t.Skip("needs servers")
	}
	ctx := t.Context()
	inRedis := remotetest.Redis.Start(t).Cache(t, remotetest.Options{Prefix: "copy:"})
	inMemcached, err := memcached.Open(memcachedtest.Start(t).Addr, &memcached.Options{
		MaxItemSize: 1 << 10, ReadTimeout: memcachedtest.Patience, WriteTimeout: memcachedtest.Patience, Timeout: memcachedtest.Patience,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer inMemcached.Close()

	src := memory.New[string, string](nil)
	storeAll(t, src, 250)
	large := strings.Repeat("x", 2<<10)
	negative := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Minute}}
	entries := map[string]ctxcache.Entry[string]{
		"forever":  ctxcache.NewEntry("v", ctxcache.NoExpiry),
		"copy":     {Value: "v", Meta: ctxcache.Meta{TTL: ctxcache.NoExpiry, CopyTTL: time.Minute}},
		"large":    ctxcache.NewEntry(large, time.Hour),
		"negative": negative,
	}
	if err := src.SetEntries(ctx, entries); err != nil {
		t.Fatal(err)
	}
	codec := layers.JSON[string]{}
	redis := layers.Encoded[string](inRedis, codec, nil)
	if err := redis.Set(ctx, "key000", "new", time.Hour); err != nil {
		t.Fatal(err)
	}
	copies(t, redis, src, &ctxcache.CopyOptions{PerSecond: 100_000}, ctxcache.CopyCounts{Copied: 252, Present: 1})
	has(t, redis, "key000", "new")
	lives := func(key string, want time.Duration) {
		t.Helper()
		e, err := ctxcache.GetEntry(ctx, redis, key)
		if e.TTL > want || want != ctxcache.NoExpiry && e.TTL < want/2 || err != nil {
			t.Errorf("%s lives for %v, %v, want %v", key, e.TTL, err, want)
		}
	}
	lives("key001", time.Hour)
	lives("forever", ctxcache.NoExpiry)
	lives("copy", time.Minute)

	target := layers.Encoded(inMemcached, codec, nil)
	scope := ctxcache.Scope[string]{Match: func(key string) bool { return key != "copy" }}
	counts, err := ctxcache.CopyIn(ctx, target, redis, scope, nil)
	if counts != (ctxcache.CopyCounts{Copied: 251, Failed: 1}) || !errors.Is(ctxcache.KeyError(err, "large"), ctxcache.ErrValue) {
		t.Errorf("%+v, %v", counts, err)
	}
	has(t, target, "key000", "new")
	has(t, target, "key249", "old")
	has(t, target, "copy", "")
	copies(t, src, redis, nil, ctxcache.CopyCounts{Present: 253}) // and back
}
