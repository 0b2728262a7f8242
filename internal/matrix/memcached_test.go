package matrix_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestMemcached(t *testing.T) {
	kinds := []kind{
		{name: "installed", start: func(t *testing.T) store { return inMemcached(memcachedtest.Start(t), memcached.Options{}) }},
		{name: "without CAS", short: true, start: func(t *testing.T) store {
			return inMemcached(memcachedtest.Start(t, "-C"), memcached.Options{Plain: true})
		}},
	}
	for _, path := range binaries(t, "memcached") {
		kinds = append(kinds, kind{name: filepath.Base(path), start: func(t *testing.T) store {
			return inMemcached(memcachedtest.StartBinary(t, path), memcached.Options{})
		}})
	}
	run(t, kinds)
}

// inMemcached returns a store in a server.
func inMemcached(server *memcachedtest.Server, options memcached.Options) store {
	options.LeaseTTL = time.Hour
	options.Timeout = memcachedtest.Patience
	options.ReadTimeout, options.WriteTimeout = memcachedtest.Patience, memcachedtest.Patience
	return store{
		open: func(t *testing.T, prefix string) bytesCache {
			part := options
			part.Prefix = prefix
			c, err := memcached.Open(server.Addr, &part)
			must(t, err)
			t.Cleanup(func() { must(t, c.Close()) })
			return c
		},
		options: []cachetest.Option{cachetest.TTLUnit(time.Second), cachetest.Concurrent(100)}, // the cases mostly wait
	}
}

// TestRemoveIsRefused: Remove in one step needs CAS.
func TestRemoveIsRefused(t *testing.T) {
	c := inMemcached(memcachedtest.Start(t, "-C"), memcached.Options{}).part(t)
	must(t, c.Set(t.Context(), "key", []byte("value"), time.Hour))
	if was, err := ctxcache.Remove(t.Context(), c, "key"); err == nil || was || !strings.Contains(err.Error(), "CAS") {
		t.Errorf("Remove without CAS: %v, %v, want an error that names CAS", was, err)
	}
	if got, err := c.Get(t.Context(), "key"); err != nil || string(got) != "value" {
		t.Errorf("Get after a Remove that was refused: %q, %v, want the value", got, err)
	}
}
