package memcached_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/ctxcache/cached/backends/memcached"
)

// slow is a selector that takes an hour.
type slow struct{ memcache.ServerList }

func (s *slow) PickServer(key string) (net.Addr, error) {
	time.Sleep(hour)
	return s.ServerList.PickServer(key)
}

// TestSlowKeyFunctionAndSelectorHoldTheirCaller: they run on its goroutine. Therefore their documentation says that they
// must not block.
func TestSlowKeyFunctionAndSelectorHoldTheirCaller(t *testing.T) {
	for name, build := range map[string]func(servers *memcache.ServerList, options *memcached.Options) *cacheOfBytes{
		"EncodeKey": func(servers *memcache.ServerList, options *memcached.Options) *cacheOfBytes {
			options.EncodeKey = func(key string) (string, error) {
				time.Sleep(hour)
				return key, nil
			}
			return memcached.New(servers, options)
		},
		"PickServer": func(_ *memcache.ServerList, options *memcached.Options) *cacheOfBytes {
			servers := new(slow)
			_ = servers.SetServers("127.0.0.1:1") // nobody dials it
			return memcached.New(servers, options)
		},
	} {
		for _, operation := range operations()[1:] { // ServerStats has no key
			t.Run(name+"/"+operation.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server := newPiped(func(string, string) string { return "" })
					cache := build(server.ServerList, &memcached.Options{DialContext: server.pipes()})
					defer cache.Close()
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					defer cancel()
					began := time.Now()
					err := operation.Call(ctx, cache)
					if took := time.Since(began); took < hour || err != context.DeadlineExceeded {
						t.Errorf("%v after %v, want %v after %v", err, took, context.DeadlineExceeded, hour)
					}
				})
			})
		}
	}
}
