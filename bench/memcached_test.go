package bench_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// farMemcached is a cache in Memcached, and a bare client of the same server for comparison. Both have connections of their
// own.
type farMemcached struct {
	ctx   context.Context // can end, as the context of a request
	bare  *memcache.Client
	cache *memcached.Cache[[]byte]
}

// newFarMemcached starts a server. The cache has stored a value of 100 bytes under each of keys.
func newFarMemcached(tb testing.TB, keys ...string) farMemcached {
	tb.Helper()
	if testing.Short() {
		tb.Skip("needs a server")
	}
	server := memcachedtest.Start(tb)
	list := new(memcache.ServerList)
	if err := list.SetServers(server.Addr); err != nil {
		tb.Fatal(err)
	}
	f := farMemcached{
		ctx: tb.Context(), bare: memcache.NewFromSelector(list),
		// The server may share the machine: a slow answer must not count as an outage.
		cache: memcached.New(list, &memcached.Options{ReadTimeout: time.Minute, WriteTimeout: time.Minute, Timeout: time.Minute}),
	}
	f.bare.Timeout, f.bare.MaxIdleConns = time.Minute, 64
	tb.Cleanup(func() {
		if err := f.cache.Close(); err != nil {
			tb.Error(err)
		}
		if err := f.bare.Close(); err != nil {
			tb.Error(err)
		}
	})
	for _, key := range keys {
		if err := f.cache.Set(f.ctx, key, make([]byte, 100), time.Hour); err != nil {
			tb.Fatal(err)
		}
	}
	return f
}

func BenchmarkMemcachedGet(b *testing.B) {
	for _, goroutines := range []int{1, 64} {
		b.Run(fmt.Sprintf("goroutines=%d", goroutines), func(b *testing.B) {
			f := newFarMemcached(b, key)
			compare(b, goroutines, 100,
				func() error { _, err := f.bare.Get(key); return err },
				func() error { _, err := f.cache.Get(f.ctx, key); return err })
		})
	}
}

func BenchmarkMemcachedGetMany(b *testing.B) {
	hundred := make([]string, 100)
	for i := range hundred {
		hundred[i] = fmt.Sprintf("user:%d", i)
	}
	f := newFarMemcached(b, hundred...)
	compare(b, 1, 20,
		func() error {
			found, err := f.bare.GetMulti(hundred)
			return all(len(found), len(hundred), err)
		},
		func() error {
			found, err := ctxcache.GetMany(f.ctx, f.cache, hundred)
			return all(len(found), len(hundred), err)
		})
}
